"""/api/v1/lists, and what is below one of them."""

import json
import uuid
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope
from accounts.services import create_token
from calendars.builds.build import build_calendar
from calendars.models import CalendarJob, Feed
from tests.factories import make_feed, make_list, make_todo
from tests.hostile import BAD_TEXTS, STRANGE_IDS, assert_refused
from todos.models import Todo, TodoList
from todos.services import archive_list, create_list, create_todo, delete_todo

pytestmark = pytest.mark.django_db
URL = "/api/v1/lists"


class Caller:
    """A program with a user's token."""

    def __init__(self, user: User | None, scope: str = Scope.WRITE) -> None:
        self.headers = {}
        if user:
            self.headers["Authorization"] = f"Bearer {create_token(user=user, name='test', scope=scope)[1]}"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body)
        kind = "text/calendar" if isinstance(body, bytes) else "application/json"
        return Client().generic(method, path, data, kind, headers=self.headers | headers)


@pytest.fixture
def call(ada: User) -> Caller:
    return Caller(ada)


@pytest.fixture
def uni(ada: User) -> TodoList:
    return create_list(user=ada, name="Uni", color="blue")


def names(answer: Any) -> list[str]:
    return [each["name"] for each in answer.json()]


def test_lists_are_an_array_with_the_default_list_first(call: Caller, ada: User, uni: TodoList) -> None:
    create_todo(todo_list=uni, title="Essay")
    answer = call("GET", URL)
    assert answer.status_code == HTTPStatus.OK
    lists = answer.json()
    assert all(each.pop("created_at") for each in lists)
    common = {"time_zone": "UTC", "archived": False, "role": "owner"}
    default = {"id": make_list(ada).pk, "name": "Todos", "color": "", "default": True, "open_todos": 0}
    other = {"id": uni.pk, "name": "Uni", "color": "blue", "default": False, "open_todos": 1}
    assert lists == [common | default, common | other]
    assert call("GET", URL, **{"If-None-Match": answer["ETag"]}).status_code == HTTPStatus.NOT_MODIFIED
    make_todo(user=ada)
    assert call("GET", URL, **{"If-None-Match": answer["ETag"]}).status_code == HTTPStatus.OK


def test_lists_take_as_many_queries_for_three_as_for_one(call: Caller, ada: User) -> None:
    call("GET", URL)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            call("GET", URL)
        return len(captured)

    before = queries()
    for name in "AB":
        create_list(user=ada, name=name)
    assert queries() == before


def test_list_is_created_read_changed_and_deleted(call: Caller, ada: User) -> None:
    created = call("POST", URL, {"name": "Uni", "color": "green", "time_zone": "Australia/Brisbane"})
    assert created.status_code == HTTPStatus.CREATED
    path = f"{URL}/{created.json()['id']}"
    assert created["Location"] == f"http://testserver{path}"
    read = call("GET", path)
    assert (read.json(), read["ETag"]) == (created.json(), created["ETag"])
    assert call("GET", path, **{"If-None-Match": read["ETag"]}).status_code == HTTPStatus.NOT_MODIFIED

    for method, body in (("PUT", {"name": "University"}), ("PATCH", {"color": ""}), ("PUT", {"archived": True})):
        changed = call(method, path, body, **{"If-Match": read["ETag"]})
        assert changed.status_code == HTTPStatus.OK
        assert changed.json() == read.json() | body
        assert call(method, path, {"name": "Late"}, **{"If-Match": read["ETag"]}).status_code == 412
        read = call("GET", path)
        assert (read.json(), read["ETag"]) == (changed.json(), changed["ETag"])
    assert call("PUT", path, {}).json() == read.json()

    assert call("DELETE", path, **{"If-Match": created["ETag"]}).status_code == 412
    assert call("DELETE", path, **{"If-Match": read["ETag"]}).status_code == HTTPStatus.NO_CONTENT
    assert_refused(call("DELETE", path), 404)
    assert_refused(call("GET", path), 404)
    assert list(TodoList.objects.all()) == [make_list(ada)]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": None}, ["name"]),
        *(({"name": text}, ["name"]) for text in BAD_TEXTS.values()),
        ({"name": "Uni", "color": "mauve"}, ["color"]),
        ({"name": "Uni", "color": ["red"]}, ["color"]),
        ({"name": "Uni", "time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"name": "Uni", "time_zone": 1}, ["time_zone"]),
        ({"name": "Uni", "archived": "yes"}, ["archived"]),
        ({"name": "Uni", "default": True}, ["default"]),
        ({"name": "Uni", "id": 1}, ["id"]),
        ({"name": "Uni", "position": 1}, ["position"]),
    ],
)
def test_bad_values_create_nothing(call: Caller, body: dict, fields: list[str]) -> None:
    assert_refused(call("POST", URL, body), 400, fields=fields)
    assert not TodoList.objects.exists()


def test_list_may_be_archived_from_the_start(call: Caller) -> None:
    assert call("POST", URL, {"name": "Old", "archived": True}).json()["archived"] is True


def test_default_list_is_neither_archived_nor_deleted(call: Caller, ada: User) -> None:
    path = f"{URL}/{make_list(ada).pk}"
    assert call("PUT", path, {"name": "Mine", "color": "red"}).status_code == HTTPStatus.OK
    for answer in (call("PUT", path, {"archived": True}), call("DELETE", path)):
        assert "default list cannot be" in assert_refused(answer, 409)["error"]
    assert call("PUT", path, {"archived": False}).status_code == HTTPStatus.OK


def test_order(call: Caller, ada: User) -> None:
    ids = [create_list(user=ada, name=name).pk for name in "ABC"]
    answer = call("PUT", f"{URL}/order", {"list_ids": [ids[2], ids[0]]})
    assert names(answer) == names(call("GET", URL)) == ["Todos", "C", "A", "B"]
    theirs = create_list(user=User.objects.create(username="bob"), name="Theirs").pk
    assert_refused(call("PUT", f"{URL}/order", {"list_ids": [ids[0], theirs]}), 404)
    for bad in ("1", [True], ["1"], [0], [2**63], None, [[1]]):
        assert call("PUT", f"{URL}/order", {"list_ids": bad}).status_code == 400
    assert names(call("GET", URL)) == ["Todos", "C", "A", "B"]


def test_too_many_lists_are_a_conflict(call: Caller, settings: Any) -> None:
    settings.MAX_LISTS = 2
    assert call("POST", URL, {"name": "A"}).status_code == HTTPStatus.CREATED
    assert "2 lists already" in assert_refused(call("POST", URL, {"name": "B"}), 409)["error"]


def test_who_is_not_signed_in_has_the_open_list_alone(settings: Any) -> None:
    nobody = Caller(None)
    ((open_list,)) = nobody("GET", URL).json()
    assert (open_list["default"], open_list["id"]) == (True, make_list().pk)
    assert_refused(nobody("POST", URL, {"name": "Uni"}), 401)
    assert nobody("PUT", f"{URL}/{open_list['id']}", {"name": "Everybody's"}).status_code == HTTPStatus.OK
    assert_refused(nobody("DELETE", f"{URL}/{open_list['id']}"), 409)
    todo = nobody("POST", f"{URL}/{open_list['id']}/todos", {"title": "Essay"}).json()
    assert todo.pop("changed_by") is None
    assert nobody("GET", "/api/v1/todos").json() == [todo]
    settings.MODE = "private"
    assert_refused(nobody("GET", URL), 401)


def test_read_token_changes_no_list(ada: User, uni: TodoList) -> None:
    reader = Caller(ada, Scope.READ)
    assert names(reader("GET", URL)) == ["Todos", "Uni"]
    for method, path in (("POST", URL), ("PUT", f"{URL}/{uni.pk}"), ("DELETE", f"{URL}/{uni.pk}"),
                         ("PUT", f"{URL}/order"), ("POST", f"{URL}/{uni.pk}/todos")):  # fmt: skip
        assert_refused(reader(method, path, {"name": "x"}), 403)


def test_todos_of_a_list_have_the_same_calls(call: Caller, ada: User, uni: TodoList) -> None:
    todos = f"{URL}/{uni.pk}/todos"
    created = call("POST", todos, {"title": "Essay", "deadline_at": "2026-12-01"})
    assert created.status_code == HTTPStatus.CREATED
    path = f"{todos}/{created.json()['id']}"
    assert created["Location"] == f"http://testserver{path}"
    assert call("GET", todos).json() == [created.json()] == [call("GET", path).json()]
    assert call("GET", "/api/v1/todos").json() == []

    etag = call("GET", path)["ETag"]
    assert etag == created["ETag"]
    changed = call("PUT", path, {"title": "Thesis"}, **{"If-Match": etag})
    assert changed.json()["title"] == "Thesis"
    assert call("PUT", path, {"title": "Late"}, **{"If-Match": etag}).status_code == 412
    assert call("PATCH", path, {"completed": True}).json()["completed"] is True
    assert call("GET", f"{todos}?completed=false").json() == []
    assert call("DELETE", path).json()["title"] == "Thesis"
    assert call("DELETE", path).json() == {}
    assert_refused(call("GET", path), 404)
    assert call("POST", f"{path}/restore").json()["title"] == "Thesis"
    items = [{"id": created.json()["id"], "action": "reopen"}]
    assert call("POST", f"{todos}/bulk", {"items": items}).json() == {
        "results": [{"id": created.json()["id"], "status": 200}]
    }


def test_todo_is_found_in_its_own_list_alone(call: Caller, ada: User, uni: TodoList) -> None:
    mine, other = make_todo(user=ada), create_todo(todo_list=uni, title="Essay")
    before = list(Todo.objects.order_by("pk").values())
    for path in (f"/api/v1/todos/{other.pk}", f"{URL}/{uni.pk}/todos/{mine.pk}"):
        assert_refused(call("GET", path), 404)
        assert_refused(call("PUT", path, {"title": "taken"}), 404)
        assert call("DELETE", path).json() == {}
        assert_refused(call("POST", f"{path}/restore"), 404)
        todos = path.rpartition("/")[0]
        items = [{"id": int(path.rpartition("/")[2]), "action": "delete"}]
        assert call("POST", f"{todos}/bulk", {"items": items}).json()["results"][0]["status"] == 404
    (same,) = call("GET", f"{URL}/{make_list(ada).pk}/todos").json()
    assert same.pop("changed_by") == "ada"
    assert [same] == call("GET", "/api/v1/todos").json()
    assert list(Todo.objects.order_by("pk").values()) == before


def calls_below(list_id: Any, victim: dict[str, Any]) -> list[tuple[str, str, Any]]:
    base = f"{URL}/{list_id}"
    return [
        ("GET", base, None), ("PUT", base, {"name": "taken"}), ("PATCH", base, {"archived": True}),
        ("DELETE", base, None),
        ("GET", f"{base}/todos", None), ("POST", f"{base}/todos", {"title": "taken"}),
        *((method, f"{base}/todos/{victim['todo']}", {"title": "taken"}) for method in ("PUT", "PATCH")),
        *((method, f"{base}/todos/{victim['todo']}", None) for method in ("GET", "DELETE")),
        ("POST", f"{base}/todos/{victim['todo']}/restore", None),
        ("POST", f"{base}/todos/bulk", {"items": [{"id": victim["todo"], "action": "delete"}]}),
        ("POST", f"{base}/todos/import", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"),
        ("POST", f"{base}/todos/ical", None),
        *(("GET", f"{base}/todos/ical/{victim['job']}/{what}", None) for what in ("status", "result")),
        ("DELETE", f"{base}/todos/ical/{victim['job']}", None),
        ("GET", f"{base}/feeds", None), ("POST", f"{base}/feeds", {"name": "taken"}),
        *((method, f"{base}/feeds/{victim['feed']}", {"name": "taken"}) for method in ("PUT", "PATCH")),
        *((method, f"{base}/feeds/{victim['feed']}", None) for method in ("GET", "DELETE")),
        ("POST", f"{base}/feeds/{victim['feed']}/rotate", None),
    ]  # fmt: skip


def test_list_of_somebody_else_is_a_404_everywhere(call: Caller, ada: User) -> None:
    bob = User.objects.create(username="bob")
    theirs = create_list(user=bob, name="wombat list")
    todo = create_todo(todo_list=theirs, title="wombat")
    bobs = Caller(bob)
    job = bobs("POST", f"{URL}/{theirs.pk}/todos/ical").json()["task_id"]
    feed = bobs("POST", f"{URL}/{theirs.pk}/feeds", {"name": "wombat feed"}).json()["id"]
    make_todo(user=ada)
    victim = {"todo": todo.pk, "job": job, "feed": feed}
    before = {model: list(model.objects.order_by("pk").values()) for model in (TodoList, Todo, Feed, CalendarJob)}
    for caller in (call, Caller(None)):
        for method, path, body in calls_below(theirs.pk, victim):
            answer = caller(method, path, body)
            assert answer.status_code == 404, (method, path)
            assert b"wombat" not in answer.content
    for model, rows in before.items():
        assert [row for row in model.objects.order_by("pk").values() if row in rows] == rows
    assert Todo.objects.count() == 2


def test_options_say_nothing_of_lists(call: Caller, ada: User, uni: TodoList) -> None:
    theirs = create_list(user=User.objects.create(username="bob"), name="wombat list")
    answers = {call("OPTIONS", f"{URL}/{pk}").content for pk in (uni.pk, theirs.pk, 10**9)}
    assert len(answers) == 1
    assert call("OPTIONS", f"{URL}/order").status_code == 200


@pytest.mark.parametrize("list_id", STRANGE_IDS)
def test_strange_ids_of_lists_find_nothing(call: Caller, list_id: str) -> None:
    victim = {"todo": 1, "job": uuid.uuid4(), "feed": uuid.uuid4()}
    for method, path, body in calls_below(list_id, victim):
        assert call(method, path, body).status_code in {404, 405}


def test_jobs_of_any_list_are_found(call: Caller, ada: User, uni: TodoList) -> None:
    create_todo(todo_list=uni, title="In the list")
    make_todo("In the default list", user=ada)
    Todo.objects.update(deadline="2026-12-01T00:00:00Z", deadline_kind="day")
    asked = call("POST", f"{URL}/{uni.pk}/todos/ical")
    assert asked.status_code == HTTPStatus.ACCEPTED
    job = asked.json()["task_id"]
    assert asked.json()["task_url"] == f"http://testserver/api/v1/todos/ical/{job}/status"
    build_calendar(CalendarJob.objects.get().calendar_id)
    for base in ("/api/v1/todos/ical", f"{URL}/{uni.pk}/todos/ical"):
        assert call("GET", f"{base}/{job}/status").json()["task_status"] == "SUCCESS"
        body = call("GET", f"{base}/{job}/result").content
        assert b"SUMMARY:In the list" in body and b"default list" not in body
        assert call("DELETE", f"{base}/{job}").json()["task_status"] == "SUCCESS"
    assert_refused(call("GET", f"{URL}/{make_list(ada).pk}/todos/ical/{job}/status"), 404)
    assert_refused(call("DELETE", f"{URL}/{make_list(ada).pk}/todos/ical/{job}"), 404)


def test_feeds_say_whose_list_they_show(call: Caller, ada: User, uni: TodoList) -> None:
    make_todo("Mine", user=ada)
    first = call("POST", "/api/v1/feeds", {"name": "All"}).json()
    second = call("POST", f"{URL}/{uni.pk}/feeds", {"name": "Uni alone"}).json()
    assert (first["list_id"], second["list_id"]) == (make_list(ada).pk, uni.pk)
    make_feed(User.objects.create(username="bob"))
    assert [each["id"] for each in call("GET", "/api/v1/feeds").json()] == [first["id"], second["id"]]
    assert [each["id"] for each in call("GET", f"{URL}/{uni.pk}/feeds").json()] == [second["id"]]
    assert_refused(call("GET", f"{URL}/{uni.pk}/feeds/{first['id']}"), 404)
    for base in ("/api/v1/feeds", f"{URL}/{uni.pk}/feeds"):
        path = f"{base}/{second['id']}"
        assert call("PUT", path, {"options": {"alarm_minutes": 15}}).json()["list_id"] == uni.pk
        assert call("POST", f"{path}/rotate").json()["url"] != second["url"]
    assert Feed.objects.get(pk=second["id"]).calendar.list == uni
    assert call("DELETE", f"/api/v1/feeds/{second['id']}").status_code == HTTPStatus.NO_CONTENT
    assert_refused(call("PUT", f"/api/v1/feeds/{first['id']}", {"list_id": uni.pk}), 400, fields=["list_id"])


def test_file_is_imported_into_the_list(call: Caller, uni: TodoList) -> None:
    file = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        b"SUMMARY:Imported\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    )
    path = f"{URL}/{uni.pk}/todos/import"
    assert call("POST", path, file).json()["added"] == 1
    assert call("POST", path, file).json()["present"] == 1
    assert list(Todo.objects.values_list("list", "title")) == [(uni.pk, "Imported")]


def test_archived_list_takes_no_todos_but_its_feeds_go_on(call: Caller, uni: TodoList) -> None:
    todo, gone = (create_todo(todo_list=uni, title=title) for title in ("Essay", "Gone"))
    delete_todo(todo_list=uni, todo_id=gone.pk)
    base = f"{URL}/{uni.pk}"
    feed = call("POST", f"{base}/feeds", {"name": "Uni"}).json()
    archive_list(todo_list=uni)
    for method, path, body in (
        ("POST", f"{base}/todos", {"title": "New"}),
        ("POST", f"{base}/todos/{gone.pk}/restore", None),
        ("POST", f"{base}/todos/bulk", {"items": [{"id": gone.pk, "action": "restore"}]}),
    ):
        assert "“Uni” is archived" in assert_refused(call(method, path, body), 409)["error"]
    assert call("PUT", f"{base}/todos/{todo.pk}", {"completed": True}).status_code == HTTPStatus.OK
    assert len(call("GET", f"{base}/todos").json()) == 1
    assert Client().get(feed["url"]).status_code == HTTPStatus.OK
    assert call("PUT", base, {"archived": False}).status_code == HTTPStatus.OK
    assert call("POST", f"{base}/todos", {"title": "New"}).status_code == HTTPStatus.CREATED


def test_bulk_moves_todos(call: Caller, ada: User, uni: TodoList) -> None:
    todo, twin = make_todo(user=ada), make_todo("Twin", user=ada)
    other = create_todo(todo_list=uni, title="Twin")
    Todo.objects.filter(pk=other.pk).update(uid=twin.uid)
    theirs = create_list(user=User.objects.create(username="bob"), name="Theirs")
    items = [
        {"id": todo.pk, "action": "move", "list_id": theirs.pk},
        {"id": twin.pk, "action": "move", "list_id": uni.pk},
        {"id": todo.pk, "action": "move", "list_id": uni.pk},
        {"id": todo.pk, "action": "complete"},
    ]
    results = call("POST", "/api/v1/todos/bulk", {"items": items}).json()["results"]
    assert [result["status"] for result in results] == [404, 409, 200, 404]
    assert "no such list" in results[0]["error"] and "same UID" in results[1]["error"]
    assert set(uni.todos.all()) == {todo, other}
    back = [{"id": todo.pk, "action": "move", "list_id": make_list(ada).pk}]
    assert call("POST", f"{URL}/{uni.pk}/todos/bulk", {"items": back}).json()["results"][0]["status"] == 200
    assert set(make_list(ada).todos.all()) == {todo, twin}


@pytest.mark.parametrize(
    "item",
    [
        {"action": "move"},
        {"action": "move", "list_id": "1"},
        {"action": "move", "list_id": True},
        {"action": "move", "list_id": None},
        {"action": "move", "list_id": 0},
        {"action": "move", "list_id": 2**63},
        {"action": "complete", "list_id": 1},
        {"action": "move", "list_id": 1, "changes": {"title": "x"}},
        {"action": "update", "changes": {"list_id": 1}},
    ],
)
def test_malformed_moves_are_refused(call: Caller, ada: User, item: dict) -> None:
    todo = make_todo(user=ada)
    assert call("POST", "/api/v1/todos/bulk", {"items": [{"id": todo.pk} | item]}).status_code == 400
    assert Todo.objects.get().sequence == 0


def test_calls_of_one_todo_take_as_many_queries_in_any_list(call: Caller, uni: TodoList) -> None:
    def queries(base: str) -> list[int]:
        path = f"{base}/{call('POST', base, {'title': 'Essay'}).json()['id']}"
        counts = []
        for method, address, body in (
            ("GET", path, None),
            ("POST", base, {"title": "x"}),
            ("PUT", path, {"title": "y"}),
            ("GET", base, None),
        ):
            with CaptureQueriesContext(connection) as captured:
                assert call(method, address, body).status_code < 300
            counts.append(len(captured))
        return counts

    queries("/api/v1/todos")  # prepares statements
    queries(f"{URL}/{uni.pk}/todos")
    assert queries("/api/v1/todos") == queries(f"{URL}/{uni.pk}/todos")
