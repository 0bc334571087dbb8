"""The list page, and adding and editing a todo."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from todos import services, undo
from todos.access import Role, require
from todos.addresses import for_editors, for_owners, to_page, with_list
from todos.agenda import Clock
from todos.conflicts import Changed, changed_by_others, merge, typed_inputs
from todos.details import details_of
from todos.examples import add_examples
from todos.forms.lists import ListQueryForm, TimeZoneForm
from todos.forms.todos import AddForm, TodoForm
from todos.humanize import exact_deadline
from todos.models import Todo, TodoList
from todos.priorities import PHRASES
from todos.quick_add import read_deadline
from todos.repeating import in_words
from todos.services import Action, BulkItem, BulkOutcome, BulkResult
from todos.views.repeating import dates_of
from todos.views.responses import (
    add_undoable_message,
    change_id_of,
    examples_key,
    for_offline,
    hidden_place,
    list_after_adding,
    list_after_change,
    number,
    page_context,
    render_form,
    render_list,
    waited,
)


@require_safe
@vary_on_headers("HX-Request")
@with_list
def show_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    query = ListQueryForm(request.GET).query
    if request.htmx and not request.htmx.history_restore_request:
        return render_list(request, todo_list, query)
    return for_offline(request, render(request, "todos/list.html", page_context(request, todo_list, query)))


@require_http_methods(["GET", "HEAD", "POST"])
@with_list
def add_todo(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Add a line. If that is done already, it does not matter whether it could still be done."""
    try:
        services.check_received(todo_list, change_id_of(request))
        require(todo_list, Role.EDITOR)
        return add_line(request, todo_list)
    except services.AlreadyReceived:
        return list_after_change(request, todo_list)


def add_line(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    clock = Clock.of(todo_list)
    parent_id = number((request.POST or request.GET).get("parent_id", ""))
    initial = {"date": request.GET.get("date"), "parent_id": parent_id}
    parents = parents_for(todo_list, wanted=parent_id) if parent_id else []
    lists = partial(lists_for_line, request)
    language = get_language()
    form = AddForm(
        request.POST or None,
        clock=clock.at(clock.now - waited(request)),
        initial=initial,
        parents=parents,
        lists=lists,
        language=language,
    )
    asks_for_dates = "show-dates" in request.POST  # without scripts
    is_to_add = request.method == "POST" and form.is_valid() and not asks_for_dates
    if is_to_add and (todo := create(form, todo_list, change_id_of(request))):
        target = todo.list
        message = what_was_added(todo, clock, target if target != todo_list else None)
        message = format_html("{}{}", message, hidden_place(request, todo_list, todo))
        add_undoable_message(request, target, message, undo.offer_removal(target, todo))
        return list_after_adding(request, todo_list, todo)
    template = "todos/includes/add_form.html" if request.htmx else "todos/add.html"
    dates = dates_of(form, Todo(list=todo_list)) if asks_for_dates and not form.errors else None
    if not request.htmx:
        form.fields["title"].widget.attrs["autofocus"] = True
    return render_form(request, todo_list, template, {"form": form, "dates": dates}, is_preview=asks_for_dates)


def create(form: AddForm, todo_list: TodoList, change_id: UUID | None) -> Todo | None:
    """Create the todo of a valid form, or add what is wrong to the form."""
    try:
        return services.create_todo(todo_list=form.reading.list or todo_list, change_id=change_id, **form.values)
    except services.InvalidParent as error:
        form.add_error("parent_id", str(error))
    except services.InvalidRule as error:
        form.add_error("repeat", str(error))
    return None


def parents_for(todo_list: TodoList, todo: Todo | None = None, **wanted: int) -> list[tuple[int, str]]:
    """Return the choices of a form's parent."""
    return [(one.pk, one.title) for one in services.possible_parents(todo_list, todo, **wanted)]


@require_safe
@for_editors
def read_line(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Show what is understood of the line that is being typed, or of a deadline in words: ``?when=friday 2pm``."""
    clock, language = Clock.of(todo_list), get_language()
    if "when" in request.GET:
        words = request.GET["when"].strip()
        context = {"words": words, "reading": read_deadline(words, clock, language), "clock": clock}
        response = render(request, "todos/includes/deadline_reading.html", context)
    else:
        form = AddForm(request.GET, clock=clock, lists=partial(lists_for_line, request), language=language)
        form.is_valid()
        context = {"reading": form.reading, "clock": clock, "form": form}
        response = render(request, "todos/includes/reading.html", context)
    patch_cache_control(response, no_store=True)
    return response


def lists_for_line(request: HttpRequest) -> list[TodoList]:
    """Return the lists that a new todo's line may name. Not those of the navigation, which are counted afterwards."""
    if not request.user.is_authenticated:
        return []
    return [one for one in services.find_lists(user=request.user) if one.takes_changes and not one.is_archived]


def what_was_added(todo: Todo, clock: Clock, other_list: TodoList | None) -> str:
    """Say what a new todo has besides its title, and in which list it is if that is not the page's."""
    details = []
    if todo.due:
        details.append(_("due %(deadline)s") % {"deadline": exact_deadline(todo.due, clock)})
    if todo.rule:
        details.append(_("repeats %(rule)s") % {"rule": in_words(todo)})
    if todo.priority:
        details.append(str(PHRASES[todo.priority]))
    if todo.label_text:
        details.append(_("labelled %(names)s") % {"names": ", ".join(todo.labels)})
    if other_list:
        details.append(_("to “%(list)s”") % {"list": other_list.name})
    if not details:
        return _("Added “%(title)s”.") % {"title": todo.title}
    return _("Added “%(title)s”, %(details)s.") % {"title": todo.title, "details": ", ".join(details)}


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@with_list
def edit_todo(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    todo = get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    clock = Clock.of(todo_list)
    if request.method == "POST":
        require(todo_list, Role.EDITOR)
    parents = parents_for(todo_list, todo, wanted=number(request.POST.get("parent_id", "")))
    language = get_language()
    form = TodoForm(request.POST or None, todo=todo, clock=clock, parents=parents, language=language)
    if not todo_list.takes_changes:
        form.disable()
    is_stale, changed = False, []
    asks_for_dates = "show-dates" in request.POST  # without scripts
    if request.method == "POST" and form.is_valid() and not asks_for_dates:
        item = BulkItem(todo_id, Action.UPDATE, form.changes, form.expected)
        results = services.change_todos(todo_list=todo_list, items=[item])
        match results[0].outcome:
            case BulkOutcome.DONE:
                saved = _("Saved “%(title)s”.") % {"title": results[0].todo.title} + what_moved(results[0], clock)
                add_undoable_message(request, todo_list, saved, undo.offer(todo_list, results))
                return list_after_change(request, todo_list)
            case BulkOutcome.UNCHANGED:
                return list_after_change(request, todo_list)
            case BulkOutcome.GONE:
                raise Http404
            case BulkOutcome.CONFLICT:
                is_stale = True
                todo = results[0].todo
                form, changed = merge_with(form, todo)
            case BulkOutcome.INVALID:
                form.add_error("parent_id" if results[0].field == "parent_id" else "repeat", results[0].error)
    template = "todos/includes/edit_form.html" if request.htmx else "todos/edit.html"
    names = services.user_names({todo.changed_by_id} - {None, request.user.pk})
    context = {
        "todo": todo,
        "form": form,
        "is_stale": is_stale,
        "changed": changed,
        "details": [] if todo_list.takes_changes else details_of(todo, clock),
        "changed_by": names.get(todo.changed_by_id, ""),
        "dates": dates_of(form, todo) if (todo.rule or asks_for_dates) and not form.errors else None,
    }
    return render_form(request, todo_list, template, context, is_preview=asks_for_dates)


def what_moved(result: BulkResult, clock: Clock) -> str:
    """Say when a series goes on if only its current occurrence was moved."""
    changed = {name for name, (before, after) in result.changes.items() if before != after}
    if "due" not in changed or changed & {"rule", "occurrence"}:
        return ""
    after = services.upcoming(result.todo, 1)
    if not after:
        return ""
    sentence = _("Only this one is moved. Next: %(deadline)s.") % {"deadline": exact_deadline(after[0], clock)}
    return f" {sentence}"


def merge_with(form: TodoForm, todo: Todo) -> tuple[TodoForm, list[Changed]]:
    """Return the form with what was typed and what others changed meanwhile, and the latter.

    Saving it again overwrites what both changed, knowingly.
    """
    parents = parents_for(todo.list, todo, wanted=form.cleaned_data.get("parent_id") or 0)
    fresh = TodoForm(todo=todo, clock=form.clock, parents=parents)
    typed = typed_inputs(form.shown, form)
    changed = changed_by_others(form.shown, fresh.shown, todo, typed, form.clock)
    data = merge(form.data, fresh, typed)
    data["sequence"], data["shown"] = todo.sequence, fresh.shown
    return TodoForm(data, todo=todo, clock=form.clock, parents=parents), changed


@require_POST
@for_editors
def show_examples(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    examples = add_examples(todo_list, Clock.of(todo_list))
    request.session[examples_key(todo_list)] = [todo.pk for todo in examples]
    add_undoable_message(request, todo_list, _("Added five examples."), undo.offer_removal(todo_list, *examples))
    return to_page(todo_list, "todos:list")


@require_POST
@for_editors
def remove_examples(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    items = [BulkItem(todo_id, Action.DELETE) for todo_id in request.session.pop(examples_key(todo_list), [])]
    results = services.change_todos(todo_list=todo_list, items=items)
    add_undoable_message(request, todo_list, _("The examples are deleted."), undo.offer(todo_list, results))
    return to_page(todo_list, "todos:list")


@require_POST
@for_editors
def copy_open_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    if not services.copyable_todos(request.user):
        raise Http404
    copied = services.copy_open_list(todo_list)
    sentence = ngettext("Copied %(count)d todo.", "Copied %(count)d todos.", copied)
    messages.success(request, sentence % {"count": copied})
    return to_page(todo_list, "todos:list")


@require_POST
@for_owners
def change_time_zone(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Set the list's time zone to the browser's."""
    form = TimeZoneForm(request.POST)
    if form.is_valid():
        zone = form.cleaned_data["time_zone"]
        services.update_list(todo_list=todo_list, changes={"time_zone": zone})
        sentence = _("The list now uses the time zone %(zone)s.")
        messages.success(request, sentence % {"zone": zone.replace("_", " ")})
    else:
        messages.error(request, _("Unknown time zone. Choose one in the settings."))
    return to_page(todo_list, "todos:list")
