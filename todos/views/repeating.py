"""What pages say of a todo that repeats: the dates of a form, and what became of past occurrences."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from todos import services
from todos.addresses import for_editors, with_list
from todos.agenda import Clock
from todos.forms.todos import AddForm, TodoForm
from todos.models import Todo, TodoList
from todos.repeating import Dates, dates_after

HISTORY_PAGE_SIZE = 100


@require_safe
@for_editors
def show_dates(request: HttpRequest, todo_list: TodoList, todo_id: int | None = None) -> HttpResponse:
    """Show on which dates a todo would be due if the form that is being filled in was saved."""
    clock, language = Clock.of(todo_list), get_language()
    if todo_id is None:
        form, todo = AddForm(request.GET, clock=clock, language=language), Todo(list=todo_list)
    else:
        todo = get_object_or_404(todo_list.todos.visible(), pk=todo_id)
        todo.list = todo_list
        form = TodoForm(request.GET, clock=clock, todo=todo, language=language)
    form.is_valid()
    response = render(request, "todos/includes/dates.html", {"dates": dates_of(form, todo), "form": form})
    patch_cache_control(response, no_store=True)
    return response


def dates_of(form: TodoForm, todo: Todo) -> Dates | None:
    """Return what saving a form, which need not be valid as a whole, would make of a todo."""
    if errors := [error for name in form.DATE_INPUTS for error in form.errors.get(name, ())]:
        return Dates(error=errors[0])
    return dates_after(todo, form.date_changes if form.is_bound else {}, form.clock)


@require_safe
@with_list
def show_history(request: HttpRequest, todo_list: TodoList, todo_id: int) -> HttpResponse:
    """Show what was completed or skipped of a todo that repeats."""
    todo = get_object_or_404(todo_list.todos.visible(), pk=todo_id)
    past = Paginator(services.past_occurrences(todo), HISTORY_PAGE_SIZE)
    page = past.get_page(request.GET.get("page"))
    names = services.user_names({one.ended_by_id for one in page} - {None, request.user.pk})
    for one in page:
        one.who = _("you") if one.ended_by_id == request.user.pk else names.get(one.ended_by_id, "")
    context = {"todo": todo, "past": page, "clock": Clock.of(todo_list)}
    return render(request, "todos/history.html", context)
