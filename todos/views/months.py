"""The calendar: a month of deadlines, as a grid or as an agenda."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from todos.forms import AddForm
from todos.months import Day, Month, get_month
from todos.sections import Clock
from todos.services import get_list

AGENDA = "agenda"


@require_safe
def this_month(request: HttpRequest) -> HttpResponse:
    today = Clock.of(get_list(request.user)).today
    return redirect("todos:month", today.year, today.month)


@require_safe
def show_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month; with ``?day=14`` that day in full, and a form that adds a todo there."""
    todo_list = get_list(request.user)
    clock = Clock.of(todo_list)
    try:
        shown = get_month(todo_list, date(year, month, 1), clock)
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    view = AGENDA if request.GET.get("view") == AGENDA else ""
    context = {
        "month": shown,
        "view": view,
        "query": f"?view={view}" if view else "",
        "clock": clock,
    }
    if day := find_day(shown, request.GET.get("day", "")):
        context |= {"day": day, "form": AddForm(clock=clock, initial={"date": day.date})}
    return render(request, "todos/month.html", context)


def find_day(month: Month, number: str) -> Day | None:
    return next((day for day in month.days if str(day.date.day) == number), None)
