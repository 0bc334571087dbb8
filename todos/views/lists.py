"""The list, and one todo of it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from todos import services, undo
from todos.agenda import Clock
from todos.examples import add_examples
from todos.forms import AddForm, ListQueryForm, TimeZoneForm, TodoForm
from todos.humanize import exact_deadline
from todos.models import Todo
from todos.services import Action, BulkItem
from todos.views.answers import changed, list_context, render_form, render_list, tell


@require_safe
@vary_on_headers("HX-Request")
def show_list(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    query = ListQueryForm(request.GET).query
    if request.htmx and not request.htmx.history_restore_request:
        return render_list(request, todo_list, query)
    context = list_context(request, todo_list, query)
    context |= {"filters": ListQueryForm(initial=vars(query)), "form": AddForm(clock=context["listing"].clock)}
    return render(request, "todos/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_todo(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    clock = Clock.of(todo_list)
    form = AddForm(request.POST or None, clock=clock, initial={"date": request.GET.get("date")})
    if request.method == "POST" and form.is_valid():
        todo = services.create_todo(todo_list=todo_list, **form.values)
        due = f", due {exact_deadline(todo.due, clock)}" if todo.due else ""
        token = undo.offer(todo_list, [(todo, BulkItem(todo.pk, undo.ADD))])
        tell(request, f"Added “{todo.title}”{due}.", token)
        return changed(request, todo_list)
    template = "todos/includes/add_form.html" if request.htmx else "todos/add.html"
    return render_form(request, template, {"form": form})


@require_safe
def read_line(request: HttpRequest) -> HttpResponse:
    """What would be understood of the line that is being typed."""
    clock = Clock.of(services.get_list(request.user))
    form = AddForm(request.GET, clock=clock)
    form.is_valid()
    context = {"reading": form.reading, "clock": clock, "form": form}
    response = render(request, "todos/includes/reading.html", context)
    patch_cache_control(response, no_store=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def edit_todo(request: HttpRequest, todo_id: int) -> HttpResponse:
    todo_list = services.get_list(request.user)
    todo = get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    clock = Clock.of(todo_list)
    form = TodoForm(request.POST or None, todo=todo, clock=clock)
    is_stale = False
    if request.method == "POST" and form.is_valid():
        try:
            services.update_todo(
                todo_list=todo_list,
                todo_id=todo_id,
                changes=form.changes,
                expected_sequence=form.cleaned_data["sequence"],
            )
            return changed(request, todo_list)
        except Todo.DoesNotExist as error:
            raise Http404 from error
        except services.StaleTodo:
            # What was typed stays. Saving it once more replaces what the other one wrote, knowingly.
            is_stale = True
            todo.refresh_from_db()
            typed = request.POST.copy()
            typed["sequence"] = todo.sequence
            form = TodoForm(typed, todo=todo, clock=clock)
    template = "todos/includes/edit_form.html" if request.htmx else "todos/edit.html"
    return render_form(request, template, {"todo": todo, "form": form, "is_stale": is_stale})


@require_POST
def show_examples(request: HttpRequest) -> HttpResponse:
    todo_list = services.get_list(request.user)
    examples = add_examples(todo_list, Clock.of(todo_list))
    request.session["examples"] = [todo.pk for todo in examples]
    return redirect("todos:list")


@require_POST
def remove_examples(request: HttpRequest) -> HttpResponse:
    items = [BulkItem(todo_id, Action.DELETE) for todo_id in request.session.pop("examples", [])]
    services.change_todos(todo_list=services.get_list(request.user), items=items)
    messages.success(request, "The examples are gone. The list is yours.")
    return redirect("todos:list")


@require_POST
def copy_open_list(request: HttpRequest) -> HttpResponse:
    if not services.copyable_todos(request.user):
        raise Http404
    copied = services.copy_open_list(services.get_list(request.user))
    messages.success(request, f"Copied {copied} todo{'' if copied == 1 else 's'}. They are yours alone now.")
    return redirect("todos:list")


@require_POST
def change_time_zone(request: HttpRequest) -> HttpResponse:
    """Take the browser's time zone for the list's."""
    form = TimeZoneForm(request.POST)
    if form.is_valid():
        zone = form.cleaned_data["time_zone"]
        services.update_list(todo_list=services.get_list(request.user), changes={"time_zone": zone})
        messages.success(request, f"The list is in {zone.replace('_', ' ')} now.")
    else:
        messages.error(request, "This time zone is not known here. Choose one in the settings.")
    return redirect("todos:list")
