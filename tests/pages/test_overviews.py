"""Today and Upcoming: what is due, in whichever list it is."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todos, make_user
from tests.plans import plan_of
from todos import overview
from todos.agenda import Clock
from todos.deadlines import parse_deadline
from todos.listing import PAGE_SIZE
from todos.models import Todo, TodoList
from todos.queries import FIND_LISTS
from todos.services import archive_list, create_list, create_todo, update_list

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/today"}


@pytest.fixture
def work(ada: User) -> TodoList:
    return create_list(user=ada, name="Work", color="blue")


def put(todo_list: TodoList, title: str, days: int | None, time: str = "", **values: object) -> Todo:
    """Add a todo that is due that many days from now, in the list's time zone."""
    day = Clock.of(todo_list).today + timedelta(days=days or 0)
    due = None if days is None else parse_deadline(f"{day}{time}")
    return create_todo(todo_list=todo_list, title=title, due=due, **values)


def sections(answer: HttpResponse) -> dict[str, list[tuple[str, str]]]:
    """Return the titles and list names of each section by its heading."""
    found = {}
    for part in re.findall(r'<section class="group.*?</section>', answer.text, re.DOTALL):
        heading = re.sub(r"<[^>]*>", "", re.search(r"<h2[^>]*>(.*?)</h2>", part, re.DOTALL)[1]).split()
        rows = re.findall(r'class="title"[^>]*>([^<]*)</a>.*?class="dot \w*"></span>(\w+)', part, re.DOTALL)
        found[heading[0]] = rows
    return found


def test_today_shows_what_is_due_in_every_list(client: Client, work: TodoList) -> None:
    own = make_list(work.owner)
    put(own, "Essay", 0)
    put(work, "Report", 0, "T23:59:59")
    put(work, "Late", -3)
    put(own, "Later today", -1, "T10:00:00")
    put(own, "Tomorrow", 1)
    put(work, "Some day", None)
    put(work, "Done", 0, completed=True)
    old = create_list(user=work.owner, name="Old")
    put(old, "Archived", 0)
    archive_list(todo_list=old)
    put(create_list(user=make_user("bob"), name="Bob"), "Secret", 0)
    assert sections(client.get("/today")) == {
        "Overdue": [("Late", "Work"), ("Later today", "Todos")],
        "Today": [("Report", "Work"), ("Essay", "Todos")],
    }


def test_upcoming_goes_on_by_days(client: Client, work: TodoList) -> None:
    own = make_list(work.owner)
    for title, days in (("Far", 400), ("Next", 1), ("Now", 0), ("Late", -1)):
        put(own if days else work, title, days)
    found = sections(client.get("/upcoming"))
    far = Clock.of(own).today + timedelta(days=400)
    assert list(found) == ["Overdue", "Today", "Tomorrow", f"{far:%A}"]
    assert list(found.values()) == [
        [("Late", "Todos")],
        [("Now", "Work")],
        [("Next", "Todos")],
        [("Far", "Todos")],
    ]


def test_each_list_has_its_own_today(client: Client, work: TodoList) -> None:
    own = make_list(work.owner)
    update_list(todo_list=own, changes={"time_zone": "Pacific/Kiritimati"})
    update_list(todo_list=work, changes={"time_zone": "Pacific/Pago_Pago"})  # 25 hours behind
    own.refresh_from_db()
    work.refresh_from_db()
    put(own, "There", 0)
    put(work, "Here", 0)
    titles = {title for rows in sections(client.get("/today")).values() for title, _ in rows}
    assert titles == {"There", "Here"}


@pytest.mark.parametrize(
    ("page", "sentence"), [("/today", "Nothing is due today"), ("/upcoming", "No deadlines ahead")]
)
def test_nothing_is_said_to_be_nothing(client: Client, work: TodoList, page: str, sentence: str) -> None:
    put(work, "Some day", None)
    assert sentence in client.get(page).text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_todo_is_changed_there_in_its_own_list(client: Client, work: TodoList, headers: dict) -> None:
    todo, other = put(work, "Report", 0), put(make_list(work.owner), "Essay", 0)
    before = make_list(work.owner).revision
    at = f"/lists/{work.pk}/todos/{todo.pk}"
    page = client.get("/today").text
    assert f'formaction="{at}/complete"' in page
    assert f'href="{at}"' in page
    assert f'href="/todos/{other.pk}"' in page
    answer = client.post(f"{at}/complete", {"next": "/today"}, headers=headers, follow=not headers)
    assert "Completed “Report”." in answer.text
    assert sections(answer) == {"Today": [("Essay", "Todos")]}
    assert ("<html" in answer.text) is not bool(headers)
    token = re.search(r'name="token" value="([^"]+)"', answer.text)[1]
    values = {"token": token, "next": "/today"}
    answer = client.post("/todos/undo", values, headers=headers, follow=not headers)
    assert sections(answer) == {"Today": [("Report", "Work"), ("Essay", "Todos")]}
    editor = client.get(at, headers={"Referer": "http://testserver/today"} | headers)
    assert 'name="next" value="/today"' in editor.text
    edited = {"title": "Plan", "next": "/today", "date": str(Clock.of(work).today)}
    answer = client.post(at, edited, headers=headers, follow=not headers)
    assert ("Plan", "Work") in sections(answer)["Today"]
    answer = client.post(f"{at}/delete", {"next": "/today"}, headers=headers, follow=not headers)
    assert sections(answer) == {"Today": [("Essay", "Todos")]}
    work.refresh_from_db()
    assert (make_list(work.owner).revision, work.revision) == (before, 5)


def test_overview_is_in_pages(client: Client, work: TodoList) -> None:
    make_todos(100, ["2026-01-02"], user=work.owner)
    first, second = client.get("/upcoming"), client.get("/upcoming?page=2")
    assert "Page 1 of 2" in first.text
    assert (first.text.count('<a class="title"'), second.text.count('<a class="title"')) == (
        PAGE_SIZE,
        100 - PAGE_SIZE,
    )
    assert "Page 2 of 2" in client.get("/upcoming?page=99").text
    assert client.get("/upcoming?page=x").status_code == 200
    assert len(first.content) < 100_000


def test_overview_ends_after_so_many(client: Client, work: TodoList, monkeypatch: pytest.MonkeyPatch) -> None:
    make_todos(5, ["2026-01-02", "2026-01-03"], user=work.owner)
    monkeypatch.setattr(overview, "MAX_TODOS_SHOWN", 3)
    assert client.get("/upcoming").text.count('<a class="title"') == 3


@pytest.mark.parametrize("page", ["/today", "/upcoming"])
def test_overview_is_made_by_the_same_queries_for_a_hundred_lists(
    client: Client, work: TodoList, page: str, settings: object
) -> None:
    settings.MAX_LISTS = 200
    client.get(page)  # prepares statements
    counts = []
    for count in (1, 99):
        for n in range(count):
            put(create_list(user=work.owner, name=f"List {n}"), "Todo", 0)
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 9


def test_many_lists_are_read_by_an_index(client: Client, work: TodoList, settings: object) -> None:
    settings.MAX_LISTS = 200
    if connection.vendor != "postgresql":
        pytest.skip("plans of PostgreSQL")
    for n in range(100):
        put(create_list(user=work.owner, name=f"List {n}"), "Todo", 0)
    make_todos(20_000, user=make_user("bob"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE todos_todo")
        cursor.execute("ANALYZE todos_todolist")
    with CaptureQueriesContext(connection) as queries:
        client.get("/today")
    [sql] = [one["sql"] for one in queries if '"deadline" <' in one["sql"]]
    for query, values in ((sql, None), (FIND_LISTS.sql, {"user": work.owner.pk})):
        plan = plan_of(query, values)
        assert "todo_open" in plan
        assert "Seq Scan on todos_todo " not in plan


def test_somebody_else_gets_the_list_and_no_overview(client: Client) -> None:
    todo = put(make_list(), "Ours", 0)
    answer = client.post(f"/todos/{todo.pk}/complete", {"next": "/today"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Ours" in answer.text


@pytest.mark.parametrize("page", ["/today", "/upcoming"])
def test_overview_is_read_only(client: Client, ada: User, page: str) -> None:
    assert client.post(page).status_code == 405
