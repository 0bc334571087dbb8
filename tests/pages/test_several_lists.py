"""Pages of one list of several: an address says which list it is, and every link on a page stays within it."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendars.builds.build import build_calendar
from calendars.feeds.services import create_feed
from calendars.jobs.services import request_calendar
from calendars.models import CalendarJob, Feed
from calendars.options import CalendarOptions
from tests.factories import make_list, make_todo, make_user
from todos.deadlines import parse_deadline
from todos.models import Todo, TodoList
from todos.services import archive_list, create_list, create_todo, delete_todo

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}

PAGES = [
    "", "?state=done", "/todos/new", "/todos/reading?title=x", "/calendar/2026/12", "/calendar/2026/12?day=1",
    "/calendar/2026/12?view=agenda", "/calendar/week/2026/12/1", "/trash", "/exports", "/feeds", "/import", "/settings",
]  # fmt: skip
OF_ALL_LISTS = ["/today", "/upcoming", "/lists", "/lists/new"]
# Links, forms and what scripts ask for.
ADDRESS = re.compile(r'(?:href|action|formaction|hx-get|data-undo|data-address|value)="(/[^"]*)"')
OF_DEFAULT_LIST = re.compile(r"/(todos|calendar|trash|exports|feeds|import)(/|\?|#|$)")


@pytest.fixture
def groceries(ada: User) -> TodoList:
    return create_list(user=ada, name="Groceries", color="green")


@pytest.fixture
def bob() -> Client:
    client = Client()
    client.force_login(make_user("bob"))
    return client


def put(todo_list: TodoList, title: str, deadline: str | None = None, **values: object) -> Todo:
    due = parse_deadline(deadline) if deadline else None
    return create_todo(todo_list=todo_list, title=title, due=due, **values)


def fill(todo_list: TodoList) -> tuple[Todo, CalendarJob, Feed]:
    """One of everything that pages show."""
    todo = put(todo_list, "Milk", "2026-12-01")
    put(todo_list, "Bread", "2026-12-01T18:00:00", completed=True)
    delete_todo(todo_list=todo_list, todo_id=put(todo_list, "Gone").pk)
    job = request_calendar(todo_list=todo_list, options=CalendarOptions())
    build_calendar(job.calendar_id)
    return todo, job, create_feed(todo_list=todo_list, name="Phone")


def addresses(answer: HttpResponse) -> set[str]:
    return {address for address in ADDRESS.findall(answer.text) if not address.startswith("/static/")}


@pytest.mark.parametrize("page", PAGES)
def test_page_is_of_its_owner_alone(client: Client, bob: Client, groceries: TodoList, page: str) -> None:
    fill(groceries)
    address = f"/lists/{groceries.pk}{page}"
    assert client.get(address).status_code == 200
    answer = bob.get(address)
    assert answer.status_code == 404
    assert not re.search("Groceries|Milk|Phone", answer.text)
    answer = Client().get(address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login")


@pytest.mark.parametrize("page", OF_ALL_LISTS)
def test_page_of_all_lists_shows_own_lists(client: Client, bob: Client, groceries: TodoList, page: str) -> None:
    fill(groceries)
    assert "Groceries" in client.get(page).text
    answer = bob.get(page)
    assert answer.status_code == 200
    assert not re.search("Groceries|Milk", answer.text)
    assert Client().get(page)["Location"] == f"/accounts/login?next={page}"


@pytest.mark.parametrize("list_id", [0, 999_999, 10**30])
def test_unknown_list_is_not_found(client: Client, ada: User, list_id: int) -> None:
    for page in PAGES:
        assert client.get(f"/lists/{list_id}{page}").status_code == 404


def test_every_link_stays_within_the_list(client: Client, groceries: TodoList) -> None:
    todo, job, feed = fill(groceries)
    own = [f"/todos/{todo.pk}", f"/exports/{job.pk}", f"/feeds/{feed.pk}"]
    for page in [*PAGES, *own]:
        links = addresses(client.get(f"/lists/{groceries.pk}{page}"))
        assert {address for address in links if OF_DEFAULT_LIST.match(address)} == set(), page
        assert f"/lists/{groceries.pk}/exports" in links or "reading" in page
    empty = create_list(user=groceries.owner, name="Nothing")
    links = addresses(client.get(f"/lists/{empty.pk}"))
    assert {address for address in links if OF_DEFAULT_LIST.match(address)} == set()
    assert f"/lists/{empty.pk}/todos/examples" in links


def test_default_list_keeps_its_addresses(client: Client, groceries: TodoList) -> None:
    todo = make_todo("Essay", user=groceries.owner)
    own = make_list(groceries.owner)
    for address in ("/", f"/lists/{own.pk}"):
        links = addresses(client.get(address))
        assert f"/todos/{todo.pk}" in links
        assert not any(
            link.startswith(f"/lists/{own.pk}/")
            for link in links - {f"/lists/{own.pk}/{page}" for page in ("settings", "share")}
        )


def test_every_form_changes_its_list_and_leads_back_to_it(client: Client, groceries: TodoList) -> None:
    todo, job, feed = fill(groceries)
    before = make_list(groceries.owner).revision
    at = f"/lists/{groceries.pk}"
    posts = {
        "/todos/new": {"title": "Butter"},
        f"/todos/{todo.pk}": {"title": "Oat milk"},
        f"/todos/{todo.pk}/complete": {},
        f"/todos/{todo.pk}/reopen": {},
        f"/todos/{todo.pk}/delete": {},
        f"/todos/{todo.pk}/restore": {},
        "/todos/change": {"todo": todo.pk, "action": "clear"},
        "/todos/examples": {},
        "/todos/examples/remove": {},
        "/todos/time-zone": {"time_zone": "Australia/Brisbane"},
        "/exports": {"completed": "all"},
        f"/exports/{job.pk}/again": {},
        f"/exports/{job.pk}/cancel": {},
        "/feeds": {"name": "Laptop", "completed": "open"},
        f"/feeds/{feed.pk}": {"name": "Desk", "completed": "open"},
        f"/feeds/{feed.pk}/rotate": {},
        f"/feeds/{feed.pk}/delete": {},
        "/settings": {"name": "Shopping", "color": "red", "time_zone": "UTC", "week_start": "0"},
    }
    for page, values in posts.items():
        answer = client.post(at + page, values)
        assert answer.status_code == 302, page
        assert re.match(rf"{at}($|/|#)", answer["Location"]), page
    groceries.refresh_from_db()
    assert (groceries.name, groceries.color, groceries.time_zone) == ("Shopping", "red", "UTC")
    assert set(groceries.todos.visible().values_list("title", flat=True)) == {"Oat milk", "Bread", "Butter"}
    assert set(Feed.objects.values_list("name", "calendar__list")) == {("Laptop", groceries.pk)}
    own = make_list(groceries.owner)
    assert (own.todos.count(), own.revision) == (0, before)


def test_file_is_imported_into_the_list(client: Client, groceries: TodoList) -> None:
    body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:1\r\nSUMMARY:Cheese\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    at = f"/lists/{groceries.pk}"
    plan = client.post(f"{at}/import", {"file": SimpleUploadedFile("other.ics", body)})
    assert f"{at}/import/confirm" in addresses(plan)
    assert client.post(f"{at}/import/confirm")["Location"] == at
    assert list(groceries.todos.values_list("title", flat=True)) == ["Cheese"]


def test_plan_of_an_import_is_for_its_list_alone(client: Client, groceries: TodoList) -> None:
    body = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:1\r\nSUMMARY:Cheese\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    client.post(f"/lists/{groceries.pk}/import", {"file": SimpleUploadedFile("other.ics", body)})
    assert "Choose the file again" in client.post("/import/confirm", follow=True).text
    assert not Todo.objects.exists()


def test_what_is_of_another_list_is_not_found(client: Client, groceries: TodoList) -> None:
    todo, job, feed = fill(groceries)
    other = create_list(user=groceries.owner, name="Work")
    before = Todo.objects.get(pk=todo.pk)
    for at in ("", f"/lists/{other.pk}"):
        for page in (
            f"/todos/{todo.pk}",
            f"/exports/{job.pk}",
            f"/exports/{job.pk}/progress",
            f"/feeds/{feed.pk}",
        ):
            assert client.get(at + page).status_code == 404
        for page in (
            f"/todos/{todo.pk}/complete",
            f"/todos/{todo.pk}/move",
            f"/exports/{job.pk}/cancel",
            f"/exports/{job.pk}/again",
            f"/feeds/{feed.pk}/delete",
        ):
            assert client.post(at + page, {"list": other.pk}).status_code == 404
        answer = client.post(f"{at}/todos/change", {"todo": todo.pk, "action": "delete"}, follow=True)
        assert "already deleted" in answer.text
    assert Todo.objects.get(pk=todo.pk).sequence == before.sequence
    assert Feed.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_change_is_undone_on_the_page_of_another_list(client: Client, groceries: TodoList, headers: dict) -> None:
    todo = put(groceries, "Milk")
    at = f"/lists/{groceries.pk}"
    answer = client.post(f"{at}/todos/{todo.pk}/complete", headers=headers, follow=not headers)
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    make_todo("Essay", user=groceries.owner)
    answer = client.post("/todos/undo", {"token": token}, headers=headers, follow=not headers)
    assert "Undone in “Groceries”: “Milk” is open again." in answer.text
    assert "Essay" in answer.text
    assert not Todo.objects.get(pk=todo.pk).completed


def test_nobody_undoes_anothers_change(client: Client, bob: Client, groceries: TodoList) -> None:
    todo = put(groceries, "Milk")
    answer = client.post(f"/lists/{groceries.pk}/todos/{todo.pk}/complete", follow=True)
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    for one in (bob, Client()):
        assert "can no longer be undone" in one.post("/todos/undo", {"token": token}, follow=True).text
    assert Todo.objects.get(pk=todo.pk).completed


def test_examples_are_removed_from_the_list_that_has_them(client: Client, groceries: TodoList) -> None:
    at = f"/lists/{groceries.pk}"
    client.post(f"{at}/todos/examples")
    assert "Remove examples" in client.get(at).text
    assert "Remove examples" not in client.get("/").text
    client.post(f"{at}/todos/examples/remove")
    assert not groceries.todos.visible().exists()


def test_people_who_are_not_signed_in_have_one_list(client: Client) -> None:
    make_todo("Essay")
    page = client.get("/")
    assert "Essay" in page.text
    assert 'aria-label="Lists"' not in page.text
    assert not any(address.startswith("/lists") for address in addresses(page))
    assert client.get(f"/lists/{make_list().pk}").status_code == 302


def more_lists(user: User, count: int) -> Callable[[], None]:
    def add() -> None:
        for n in range(count):
            put(create_list(user=user, name=f"List {n}"), "Todo", "2026-01-01")

    return add


@pytest.mark.parametrize("page", ["/", "/lists/{}", "/lists/{}/settings", "/lists/{}/trash", *OF_ALL_LISTS])
def test_page_is_made_by_the_same_queries_for_more_lists(client: Client, groceries: TodoList, page: str) -> None:
    put(groceries, "Milk", "2026-01-01")
    client.get(page.format(groceries.pk))  # prepares statements
    counts = []
    for add in (lambda: None, more_lists(groceries.owner, 3)):
        add()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page.format(groceries.pk)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_navigation_costs_three_queries(client: Client, groceries: TodoList) -> None:
    client.get("/lists")  # prepares statements
    with CaptureQueriesContext(connection) as queries:
        client.get("/lists")
    # The session, its user, all lists with their counts, the saved filters, and how many invitations there are.
    assert len(queries) == 5


def test_navigation_counts_open_todos_and_marks_the_page(client: Client, groceries: TodoList) -> None:
    fill(groceries)
    archive_list(todo_list=create_list(user=groceries.owner, name="Old"))
    page = client.get(f"/lists/{groceries.pk}/trash").text
    navigation = page[page.index('id="lists"') : page.index('class="tabs"')]
    links = re.findall(
        r'<a href="([^"]+)"([^>]*)><span class="dot (\w*)"></span><span class="name">(\w+)', navigation
    )
    assert [(name, colour, current.strip()) for _, current, colour, name in links] == [
        ("Todos", "", ""),
        ("Groceries", "green", 'aria-current="true"'),
        ("Old", "", ""),
    ]
    assert f'data-open="{groceries.pk}">1<' in navigation
    assert navigation.index("Archived") < navigation.index("Old")


def test_answer_to_a_change_brings_the_counts(client: Client, groceries: TodoList) -> None:
    todo = put(groceries, "Milk")
    answer = client.post(f"/lists/{groceries.pk}/todos/{todo.pk}/complete", headers=HTMX)
    assert f'<li data-open="{groceries.pk}"></li>' in answer.text
    assert "counts" not in client.get(f"/lists/{groceries.pk}?q=milk", headers=HTMX).text
