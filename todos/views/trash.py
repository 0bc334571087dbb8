"""The trash of a list."""

from functools import partial

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from todos import services
from todos.addresses import for_editors, list_url, with_list
from todos.agenda import Clock
from todos.models import TodoList
from web import confirmation

TRASH_PAGE_SIZE = 100


@require_safe
@with_list
def show_trash(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    deleted = todo_list.todos.deleted().order_by("-deleted_at", "-id")
    context = {
        "todos": Paginator(deleted, TRASH_PAGE_SIZE).get_page(request.GET.get("page")),
        "clock": Clock.of(todo_list),
        "trash_days": services.TRASH_DAYS,
    }
    return render(request, "todos/trash.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_editors
def empty_trash(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    count = todo_list.todos.deleted().count()
    return confirmation.ask(
        request,
        gettext("Empty the trash of “%(list)s”?") % {"list": todo_list.name},
        consequence=ngettext(
            "%(count)d deleted todo can’t be restored afterwards, by anybody.",
            "%(count)d deleted todos can’t be restored afterwards, by anybody.",
            count,
        )
        % {"count": count},
        button=gettext("Empty trash"),
        back=list_url(todo_list, "todos:trash"),
        action=partial(services.empty_trash, todo_list=todo_list),
        done=gettext("The trash is empty."),
    )
