"""The calendar pages: a month of deadlines as a grid or an agenda, and a week."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from todos.addresses import list_url, to_page, with_list
from todos.agenda import Clock
from todos.forms.todos import AddForm
from todos.live import state_of
from todos.models import TodoList
from todos.months import AGENDA, Period, get_month, get_week
from todos.views.responses import number


@require_safe
@with_list
def this_month(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    today = Clock.of(todo_list).today
    return to_page(todo_list, "todos:month", today.year, today.month)


@require_safe
@with_list
def this_week(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    today = Clock.of(todo_list).today
    return to_page(todo_list, "todos:week", today.year, today.month, today.day)


@require_safe
@with_list
def show_month(request: HttpRequest, todo_list: TodoList, year: int, month: int) -> HttpResponse:
    """Show a month. ``?day=14`` also shows that day in full, with a form that adds a todo to it."""
    clock = Clock.of(todo_list)
    view = AGENDA if request.GET.get("view") == AGENDA else ""
    try:
        shown = get_month(todo_list, date(year, month, 1), clock, view=view, **asked_for(request))
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    context = {"month": shown, "view": view, "query": f"?view={view}" if view else ""}
    address = list_url(todo_list, "todos:month", year, month)
    return render(request, "todos/month.html", context | of_period(shown, todo_list, clock, address, view))


@require_safe
@with_list
def show_week(request: HttpRequest, todo_list: TodoList, year: int, month: int, day: int) -> HttpResponse:
    """Show the week of a day. ``?day=14`` also shows one of its days in full, as in a month."""
    clock = Clock.of(todo_list)
    try:
        week = get_week(todo_list, date(year, month, day), clock, **asked_for(request))
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    address = list_url(todo_list, "todos:week", year, month, day)
    return render(request, "todos/week.html", {"week": week} | of_period(week, todo_list, clock, address))


def asked_for(request: HttpRequest) -> dict[str, int]:
    return {name: number(request.GET.get(name, "")) for name in ("day", "page")}


def of_period(
    period: Period, todo_list: TodoList, clock: Clock, address: str, view: str = ""
) -> dict[str, object]:
    """Return the context that months and weeks share; ``address`` is the page's without a day."""
    context = {"period": period, "state": state_of([todo_list]), "clock": clock, "address": address}
    if period.day and not view:
        context |= {"day": period.day, "form": AddForm(clock=clock, initial={"date": period.day.date})}
    return context
