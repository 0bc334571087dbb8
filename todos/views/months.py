"""The calendar pages: a month of deadlines as a grid or an agenda."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from todos.addresses import to_page, with_list
from todos.agenda import Clock
from todos.forms.todos import AddForm
from todos.live import state_of
from todos.models import TodoList
from todos.months import AGENDA, get_month
from todos.views.responses import number


@require_safe
@with_list
def this_month(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    today = Clock.of(todo_list).today
    return to_page(todo_list, "todos:month", today.year, today.month)


@require_safe
@with_list
def show_month(request: HttpRequest, todo_list: TodoList, year: int, month: int) -> HttpResponse:
    """Show a month. ``?day=14`` also shows that day in full, with a form that adds a todo to it."""
    clock = Clock.of(todo_list)
    view = AGENDA if request.GET.get("view") == AGENDA else ""
    day, page = number(request.GET.get("day", "")), number(request.GET.get("page", "")) or 1
    try:
        shown = get_month(todo_list, date(year, month, 1), clock, view=view, day=day, page=page)
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    context = {
        "month": shown,
        "state": state_of([todo_list]),
        "view": view,
        "query": f"?view={view}" if view else "",
        "clock": clock,
    }
    if shown.day and not view:
        context |= {"day": shown.day, "form": AddForm(clock=clock, initial={"date": shown.day.date})}
    return render(request, "todos/month.html", context)
