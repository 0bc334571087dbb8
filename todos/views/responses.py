"""Responses that the list's pages share: a form with its errors, or the list after a change."""

import re
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from todos import services
from todos.addresses import list_url
from todos.agenda import Clock
from todos.forms.lists import ListQueryForm
from todos.forms.todos import AddForm
from todos.listing import Entry, ListQuery, browse, find_page
from todos.live import state_of
from todos.models import SavedFilter, Todo, TodoList
from todos.navigation import labels_of, lists_of
from todos.overview import Scope, get_overview
from todos.priorities import Priority
from todos.searching import search_lists
from web.redirects import came_from
from web.sessions import page_user

CHANGE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as browsers write a UUID
MAX_WAITED_SECONDS = services.REMEMBERED_DAYS * 24 * 60 * 60


def examples_key(todo_list: TodoList) -> str:
    """Return where the session keeps the ids of the list's examples."""
    return f"examples of list {todo_list.pk}"


def add_undoable_message(
    request: HttpRequest, todo_list: TodoList, sentence: str, token: str, *others: TodoList
) -> None:
    """Add a message with an Undo button, which sends the list's id and ``token``; without a token, only the message.

    A tab's history has the changes of all lists, and Undo may be pressed on any list's page. By key, a page of one list
    undoes only what was changed in it: ``others`` are lists in which this change can be seen too.
    """
    ids = ",".join(str(one.pk) for one in (todo_list, *others))
    # Tags are the only part of a message that can hold it.
    messages.success(request, sentence, extra_tags=f"{ids} {token}" if token else "")


def list_after_change(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Answer htmx with the page's todos as they are now; redirect others to the page where the change was made."""
    back = came_from(request, list_url(todo_list, "todos:list"))
    if not request.htmx:
        return redirect(back)
    if (scope := scope_of(back)) and request.user.is_authenticated:
        response = render_overview(request, scope, page_of(back))
    elif (text := searched_at(request, back)) is not None:
        response = render_found(request, text, page_of(back))
    else:
        response = render_list(request, todo_list, query_of(back))
    response["HX-Retarget"] = "#todos"
    response["HX-Reswap"] = "outerHTML"
    return response


def list_after_adding(request: HttpRequest, todo_list: TodoList, todo: Todo) -> HttpResponse:
    """Answer as after any change, and say which row is new: in a header, and in the address of the list's page."""
    response = list_after_change(request, todo_list)
    if request.htmx:
        response["X-Added"] = f"todo-{todo.pk}"
    elif urlsplit(response["Location"]).path == list_url(todo_list, "todos:list"):
        response["Location"] += f"#todo-{todo.pk}"
    return response


def hidden_place(request: HttpRequest, todo_list: TodoList, todo: Todo) -> SafeString:
    """Return a sentence with a link to a new todo, if the page that it was added on is a list that does not show it."""
    target, back = todo.list, came_from(request, list_url(todo_list, "todos:list"))
    if urlsplit(back).path != list_url(todo_list, "todos:list"):
        return SafeString()
    query, clock = query_of(back), Clock.of(target)
    page = find_page(target, query, clock, todo.pk) if target == todo_list else None
    if page and query.page <= page < query.page + query.shown:
        return SafeString()
    sentence = _("It is on another page.")
    if page is None:
        query = ListQuery(page=find_page(target, ListQuery(), clock, todo.pk) or 1)
        sentence = _("The filters hide it.") if target == todo_list else ""  # which the message says already
    encoded = query.encode(page=page or query.page)
    address = f"{list_url(target, 'todos:list')}{encoded and '?'}{encoded}#todo-{todo.pk}"
    return format_html(' {}<a href="{}">{}</a>', f"{sentence} " if sentence else "", address, _("Show it"))


def selection_again(request: HttpRequest, todo_list: TodoList, selected: set[int]) -> HttpResponse:
    """Answer a move without a day. The page keeps its selection: scripts get the message, others the whole page."""
    if request.htmx:
        response = render(request, "includes/messages.html", status=HTTPStatus.UNPROCESSABLE_ENTITY)
        response["HX-Retarget"] = "#messages"  # pages of the previous release, whose htmx would replace the list
        response["HX-Reswap"] = "beforeend"
        return response
    query = query_of(came_from(request, list_url(todo_list, "todos:list")))
    context = page_context(request, todo_list, query)
    context |= {"selected": selected, "words": request.POST.get("when", "")}
    return render(request, "todos/list.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def page_context(request: HttpRequest, todo_list: TodoList, query: ListQuery) -> dict[str, object]:
    """Return the context of the whole list page."""
    context = list_context(request, todo_list, query)
    labels = labels_of(request).offered_in(todo_list)
    forms = {
        "filters": ListQueryForm(initial=vars(query), labels=labels),
        "form": AddForm(clock=context["listing"].clock),
    }
    return context | forms | {"priorities": [*Priority]}


def query_of(address: str) -> ListQuery:
    """Return what the list page at an address shows."""
    return ListQueryForm(QueryDict(urlsplit(address).query)).query


def render_list(request: HttpRequest, todo_list: TodoList, query: ListQuery) -> HttpResponse:
    """Render the list and the messages, without the page around them."""
    context = list_context(request, todo_list, query)
    return render(request, "todos/includes/list_and_messages.html", context)


def list_context(request: HttpRequest, todo_list: TodoList, query: ListQuery) -> dict[str, object]:
    state = state_now(request, todo_list)
    listing = browse(todo_list, query, Clock.of(todo_list))
    show_who_changed(request, [entry for group in listing.groups for entry in group.entries])
    is_new = todo_list.is_own_default and listing.is_empty and not query.is_filtered
    return {
        "listing": listing,
        "state": state,
        "copyable": services.copyable_todos(request.user) if is_new else 0,
        "has_examples": examples_key(todo_list) in request.session,
    }


def state_now(request: HttpRequest, todo_list: TodoList) -> str:
    """Return what the list's page shows, for its events. Call it before the todos are read.

    After a change, the view's list is out of date: the navigation's is not, which is read for the counts anyway.
    """
    if request.method != "POST":
        return state_of([todo_list])
    lists = lists_of(request).all or [TodoList.objects.get(pk=todo_list.pk)]
    return state_of([one for one in lists if one == todo_list])


def scope_of(address: str) -> Scope | None:
    """Return which overview is at an address, if one is."""
    path = urlsplit(address).path
    return next((scope for scope in Scope if path == reverse(f"todos:{scope}")), None)


def shows_several_lists(address: str) -> bool:
    """Return whether the page at an address shows todos of all lists."""
    try:
        view_name = resolve(urlsplit(address).path).view_name
    except Resolver404:
        return False
    return view_name in {"todos:filter", "todos:search", *(f"todos:{scope}" for scope in Scope)}


def page_of(address: str) -> int:
    return query_of(address).page


def for_offline(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the service worker keep a page for when there is no network, for whoever it was made for."""
    response["X-Kept-For"] = page_user(request)
    return response


def render_overview(request: HttpRequest, scope: Scope, page: int) -> HttpResponse:
    """Render an overview: for htmx only the todos and the messages."""
    is_part = request.htmx and not request.htmx.history_restore_request
    template = "todos/includes/overview_and_messages.html" if is_part else "todos/overview.html"
    overview = lists_of(request).read(lambda lists: get_overview(lists.active, scope, page))
    show_who_changed(request, [entry for day in overview.days for entry in day.entries])
    state = state_of(lists_of(request).active)
    return render(request, template, {"overview": overview, "state": state})


def show_who_changed(request: HttpRequest, entries: Sequence[Entry]) -> None:
    """Write down who else changed todos last since they were added. If nobody else did, that takes no query."""
    entries = [entry for entry in entries if entry.todo.sequence]
    others = {entry.todo.changed_by_id for entry in entries} - {None, request.user.pk}
    names = services.user_names(others)
    for entry in entries:
        entry.changed_by = names.get(entry.todo.changed_by_id, "")


def status_of(form: forms.BaseForm) -> HTTPStatus:
    """Return the status of a page with the form: 422 if it was submitted, because then it has errors."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


def searched_at(request: HttpRequest, address: str) -> str | None:
    """Return what the user searched all lists for on the page at an address, if that is what it shows."""
    try:
        page = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    if page.view_name == "todos:filter":
        saved = find_filter(request, page.kwargs["filter_id"])
        return saved and saved.query
    return query_of(address).q if page.view_name == "todos:search" and request.user.is_authenticated else None


def find_filter(request: HttpRequest, filter_id: int) -> SavedFilter | None:
    return SavedFilter.objects.of_user(request.user).filter(pk=filter_id).first()


def render_found(request: HttpRequest, text: str, page: int, saved: SavedFilter | None = None) -> HttpResponse:
    """Render what a search over all lists finds: for htmx only the todos and the messages."""
    is_part = request.htmx and not request.htmx.history_restore_request
    template = "todos/includes/found_and_messages.html" if is_part else "todos/search.html"
    found = lists_of(request).read(lambda lists: search_lists(lists.all, text, page))
    show_who_changed(request, found.entries)
    context = {
        "found": found,
        "state": state_of(lists_of(request).all),
        "filter": saved,
        "form": ListQueryForm(initial={"q": text}),
    }
    return render(request, template, context)


def render_form(
    request: HttpRequest,
    todo_list: TodoList,
    template: str,
    context: dict[str, object],
    *,
    is_preview: bool = False,
) -> HttpResponse:
    """Render a form: 422 if it was submitted to be saved, because then it has errors."""
    is_refused = request.method == "POST" and not is_preview
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    context |= {"next": came_from(request, list_url(todo_list, "todos:list"))}
    return render(request, template, context, status=status)


def change_id_of(request: HttpRequest) -> UUID | None:
    """Return the id that a page has given the change, which is then made once however often it is sent."""
    text = request.POST.get("change_id", "")
    if not text:
        return None
    if not CHANGE_ID.fullmatch(text):
        raise BadRequest("change_id is not a UUID")
    return UUID(text)


def waited(request: HttpRequest) -> timedelta:
    """Return how long a change has waited in the browser, by a clock that may be wrong."""
    return timedelta(seconds=min(number(request.POST.get("waited_seconds", "")), MAX_WAITED_SECONDS))


def number(text: str) -> int:
    """Return a number of a query string or a form, or 0 if it is missing or invalid."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
