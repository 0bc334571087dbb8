"""Many at once, undo, the trash and the examples."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.factories import PASSWORD, make_list, make_todo, make_todos, make_user
from todos.agenda import Clock
from todos.models import Todo, TodoList
from todos.services import create_list, update_list, update_todo

pytestmark = pytest.mark.django_db


def post(client: Client, action: str, todos: list[Todo], **values: str) -> str:
    """Change them; return what undoes it."""
    values |= {"action": action, "todo": [todo.pk for todo in todos]}
    return token_in(client.post("/todos/change", values, follow=True))


def token_in(answer: HttpResponse) -> str:
    return re.search(r'name="token" value="([^"]+)"', answer.text)[1]


def undo(client: Client, token: str) -> str:
    """Undo it; return what the page says of that."""
    answer = client.post("/todos/undo", {"token": token}, follow=True)
    return re.search(r'<div class="toast .*?<p>(.*?)</p>', answer.text, re.DOTALL)[1]


def deadlines() -> list[str]:
    return [str(todo.due) for todo in Todo.objects.order_by("id")]


def test_selected_are_completed_as_one_change_and_undone(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b", completed=True), make_todo("c")]
    before = make_list().revision
    token = post(client, "complete", todos)
    assert make_list().revision == before + 1
    assert set(Todo.objects.values_list("completed", flat=True)) == {True}
    assert undo(client, token) == "Undone: 2 todos are open again."
    assert list(Todo.objects.order_by("id").values_list("completed", flat=True)) == [False, True, False]


def all_of(client: Client, query: str) -> dict[str, object]:
    """Return what a browser sends if all are selected that the list shows for a query."""
    context = client.get(f"/?{query}").context
    listing = context["listing"]
    found_at = listing.clock.now.isoformat()
    return {"all": listing.total, "query": query, "state": context["state"], "found_at": found_at}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 60),  # what is done is shown below these, on no page of its own
        ("page=2", 60),
        ("page=9&shown=3", 60),
        ("q=thesis", 1),
        ("window=overdue", 1),
        ("state=done", 5),
        ("sort=title", 65),
        ("sort=manual&q=essay", 61),
    ],
)
def test_all_that_a_listing_finds_are_changed_as_one_and_undone(client: Client, query: str, count: int) -> None:
    make_todos(59, title="Essay")
    make_todos(2, title="Essay", completed=True)
    make_todos(3, title="Book", completed=True)
    make_todo("Thesis", "2020-01-01")
    before = make_list().revision
    found = all_of(client, query)
    assert found["all"] == count
    token = token_in(client.post("/todos/change", found | {"action": "delete"}, follow=True))
    assert Todo.objects.deleted().count() == count
    assert make_list().revision == before + 1
    assert client.get(f"/?{query}").context["listing"].total == 0
    undo(client, token)
    assert Todo.objects.visible().count() == 65


def test_all_are_not_changed_if_they_are_more_than_the_page_said(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(ada := make_user("ada"))
    make_todos(60, user=ada)
    uni = create_list(user=ada, name="Uni")
    found = all_of(client, "sort=newest")

    def refuse(path: str, count: int, **values: object) -> None:
        values |= found | {"all": count}
        answer = client.post(path, values, headers={"HX-Request": "true"})
        assert answer.status_code == 409
        assert "Nothing was changed" in answer.text and 'id="todos"' in answer.text
        assert "Nothing was changed" in client.post(path, values, follow=True).text
        assert make_list(ada).todos.visible().completed(False).count() == 60

    refuse("/todos/change", 59, action="complete")
    refuse("/todos/change", 0, action="delete")
    refuse("/todos/move", 59, list=uni.pk)
    with monkeypatch.context() as patch:
        patch.setattr("todos.services.bulk.MAX_ITEMS", 59)
        refuse("/todos/change", 60, action="complete")
    client.post("/todos/move", found | {"list": uni.pk})
    assert uni.todos.count() == 60


def complete(todo: Todo) -> None:
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": True})


def restore_from_backup(todo_list: TodoList) -> None:
    TodoList.objects.filter(pk=todo_list.pk).update(epoch=todo_list.epoch + 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda todo_list, choir, essay: [
            complete(essay),
            make_todo("As many as before", "2031-05-16"),
        ],
        lambda todo_list, choir, essay: complete(choir),  # its next date is found
        lambda todo_list, choir, essay: update_list(todo_list=todo_list, changes={"time_zone": "Asia/Tokyo"}),
        lambda todo_list, choir, essay: restore_from_backup(todo_list),
    ],
    ids=["as-many", "next-date", "time-zone", "epoch"],
)
def test_all_are_not_changed_if_they_are_others_than_the_page_showed(client: Client, change: Callable) -> None:
    choir = make_todo("Choir", "2020-01-01T18:00:00", rule="FREQ=DAILY")
    essay = make_todo("Essay", "2031-05-16")
    found = all_of(client, "") | {"action": "complete"}
    change(make_list(), choir, essay)
    before = make_list().revision
    assert client.post("/todos/change", found, headers={"HX-Request": "true"}).status_code == 409
    assert make_list().revision == before
    token_in(client.post("/todos/change", all_of(client, "") | {"action": "complete"}, follow=True))


def test_all_are_found_as_of_when_they_were_shown(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(*time: int) -> None:
        now = datetime(2031, 5, *time, tzinfo=UTC)
        monkeypatch.setattr(Clock, "of", lambda todo_list: Clock(now, todo_list.zone, todo_list.week_start))

    update_list(todo_list=make_list(), changes={"time_zone": "UTC"})
    today = make_todo("Today", "2031-05-16T12:00:00")
    gone = make_todo("Overdue", "2031-05-15")
    make_todo("Tomorrow", "2031-05-17")
    at(16, 11)
    overdue, due_today = all_of(client, "window=overdue"), all_of(client, "window=0")
    assert (overdue["all"], due_today["all"]) == (1, 2)
    complete(gone)
    at(16, 23, 59)
    answer = client.post("/todos/change", overdue | {"action": "delete"}, follow=True)
    assert "None of these todos is left." in answer.text  # one has become overdue since
    at(17, 0)
    assert (
        "Nothing was changed" in client.post("/todos/change", due_today | {"action": "delete"}, follow=True).text
    )
    assert Todo.objects.visible().filter(pk=today.pk).exists()


@pytest.mark.parametrize(
    "values",
    [
        {"state": ""},
        {"state": "7"},
        {"state": f"0.{'9' * 30}"},
        {"found_at": ""},
        {"found_at": "noon"},
        {"found_at": "0001-01-01T00:00:00+14:00"},
        {"found_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_all_of_no_page_are_not_changed(client: Client, values: dict[str, str]) -> None:
    make_todo()
    answer = client.post("/todos/change", all_of(client, "") | {"action": "delete"} | values, follow=True)
    assert "Nothing was changed" in answer.text
    assert Todo.objects.visible().count() == 1


@pytest.mark.parametrize("query", ["q=thesis", "q=due:soon"])
def test_all_of_a_listing_that_is_empty_by_now(client: Client, query: str) -> None:
    make_todo()
    found = all_of(client, query) | {"action": "delete", "all": 3}
    answer = client.post("/todos/change", found, follow=True)
    assert "None of these todos is left." in answer.text
    assert Todo.objects.visible().count() == 1


def test_move_keeps_the_time_and_undo_the_deadline(client: Client) -> None:
    given = ["2026-12-01T18:00:00", "2026-12-01T18:00:00Z", "2026-12-01", None]
    todos = [make_todo("a", deadline) for deadline in given]
    token = post(client, "move", todos, day="2026-12-24")
    assert deadlines() == ["2026-12-24T18:00:00", "2026-12-24T18:00:00Z", "2026-12-24", "2026-12-24"]
    undo(client, token)
    assert deadlines() == [str(deadline) for deadline in given]
    post(client, "clear", todos)
    assert deadlines() == ["None"] * 4


def test_deleted_stand_in_the_trash_and_come_back_as_they_were(client: Client) -> None:
    todos = [make_todo("Essay"), make_todo("Thesis")]
    post(client, "delete", todos)
    page = client.get("/trash")
    assert "Essay" in page.text and "Thesis" in page.text
    restored = client.post(f"/todos/{todos[0].pk}/restore", {"next": "/trash"}, follow=True)
    assert list(Todo.objects.visible().values_list("id", "uid")) == [(todos[0].pk, todos[0].uid)]
    undo(client, token_in(restored))
    assert not Todo.objects.visible().exists()


def test_each_of_several_changes_can_be_undone_by_itself(client: Client) -> None:
    first, second = make_todo("a"), make_todo("b")
    ticked = post(client, "complete", [first])
    deleted = post(client, "delete", [second])
    moved = post(client, "move", [first], day="2026-12-24")
    reopened = post(client, "reopen", [first])
    assert undo(client, reopened) == "Undone: “a” is completed again."
    assert undo(client, ticked) == "Undone: “a” is open again."
    assert undo(client, deleted) == "Undone: “b” is restored."
    assert undo(client, moved) == "Undone: “a” is as before."
    assert list(Todo.objects.visible().order_by("id").values_list("title", "completed")) == [
        ("a", False),
        ("b", False),
    ]
    assert deadlines() == ["2026-12-01T18:00:00"] * 2


def test_undo_leaves_alone_what_has_changed_since(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b")]
    token = post(client, "move", todos, day="2026-12-24")
    post(client, "move", todos[:1], day="2026-12-31")
    assert undo(client, token) == "Undone: “b” is as before. 1 has changed since."
    assert deadlines() == ["2026-12-31T18:00:00", "2026-12-01T18:00:00"]
    assert undo(client, token) == "Not undone: 2 todos have changed since."


def test_undo_is_of_one_list_and_for_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = make_todo()
    token = post(client, "complete", [todo])
    client.force_login(make_user())
    assert undo(client, token) == "That can no longer be undone."
    client.logout()
    assert undo(client, f"{token}x") == "That can no longer be undone."
    monkeypatch.setattr("todos.undo.MAX_AGE", timedelta(seconds=-1))
    assert undo(client, token) == "That can no longer be undone."
    assert Todo.objects.get().completed


@pytest.mark.parametrize("values", [{"action": "move"}, {"action": "move", "day": "0001-01-01"}])
def test_move_needs_a_day(client: Client, values: dict) -> None:
    todo = make_todo()
    make_todo("Thesis", None)
    answer = client.post("/todos/change", {"todo": todo.pk, "next": "/?q=essay", **values})
    assert answer.status_code == 422
    assert "Choose a day" in answer.text
    assert re.findall(r'value="(\d+)" form="changes" checked', answer.text) == [str(todo.pk)]
    assert "Thesis" not in answer.text
    answer = client.post("/todos/change", {"todo": todo.pk, **values}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Choose a day" in answer.text and "<li" not in answer.text
    assert deadlines() == ["2026-12-01T18:00:00", "None"]


def test_nothing_selected_is_said(client: Client) -> None:
    none = ["x", "²", "9" * 30, "9" * 5000]
    answer = client.post("/todos/change", {"action": "delete", "todo": none}, follow=True)
    assert "Select the todos first." in answer.text


def test_unknown_action_is_refused(client: Client) -> None:
    assert client.post("/todos/change", {"action": "burn", "todo": make_todo().pk}).status_code == 400


def test_nobody_changes_anothers_todos(client: Client) -> None:
    todo = make_todo("Secret", user=make_user("ada"))
    make_user("bob")
    client.login(username="bob", password=PASSWORD)
    client.post("/todos/change", {"action": "delete", "todo": todo.pk})
    todo.refresh_from_db()
    assert todo.deleted_at is None
    assert client.post(f"/todos/{todo.pk}/restore").status_code == 404
    assert "Secret" not in client.get("/trash").text


def test_added_todo_can_be_taken_back(client: Client) -> None:
    added = client.post("/todos/new", {"title": "Essay 2026-12-01"}, follow=True)
    assert deadlines() == ["2026-12-01"]
    assert undo(client, token_in(added)) == "Undone: “Essay” is deleted."
    assert not Todo.objects.visible().exists()


def test_line_is_read_before_it_is_saved_and_can_be_kept_as_it_is(client: Client) -> None:
    reading = client.get("/todos/reading", {"title": "Essay 2026-12-01"})
    assert "“Essay”, due <strong>Tuesday 1 December 2026</strong>" in reading.text
    assert "Add a title." in client.get("/todos/reading", {"title": "tomorrow 5pm"}).text
    client.post("/todos/new", {"title": "Essay 2026-12-01", "literally": "on"})
    client.post("/todos/new", {"title": "Essay 2026-12-01", "date": "2027-01-01"})
    assert list(Todo.objects.order_by("id").values_list("title", flat=True)) == ["Essay 2026-12-01"] * 2
    assert deadlines() == ["None", "2027-01-01"]


def test_examples_come_and_go_with_one_press(client: Client) -> None:
    assert "five examples" in client.get("/").text
    assert "Added five examples." in client.post("/todos/examples", follow=True).text
    assert Todo.objects.visible().count() == 5
    mine = make_todo("Mine")
    removed = client.post("/todos/examples/remove", follow=True)
    assert list(Todo.objects.visible()) == [mine]
    assert undo(client, token_in(removed)) == "Undone: 5 todos are restored."
    assert "Remove examples" not in client.get("/").text
