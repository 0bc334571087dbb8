"""API tokens that are restricted to some lists of their user. Every address with them: tests/test_walk.py."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from accounts import services
from accounts.models import ApiToken, Scope
from calendars.builds.build import build_calendar
from calendars.jobs.services import request_calendar
from calendars.models import CalendarJob
from calendars.options import CalendarOptions
from tests.factories import make_list, make_user, share
from todos.models import Membership, Todo, TodoList
from todos.services import create_list, create_todo, delete_list, remove_member

pytestmark = pytest.mark.django_db
JSON = "application/json"
TOKENS = "/api/v1/tokens"
FILE = b"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//\r\nBEGIN:VTODO\r\nUID:1\r\nSUMMARY:Imported\r\nEND:VTODO\r
END:VCALENDAR\r\n"""


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def home(ada: User) -> TodoList:
    """Ada's default list."""
    return make_list(ada)


@pytest.fixture
def uni(ada: User, home: TodoList) -> TodoList:
    return create_list(user=ada, name="Uni")


@pytest.fixture
def work(ada: User, uni: TodoList) -> TodoList:
    return create_list(user=ada, name="Work")


def api(user: User, *lists: TodoList, scope: str = Scope.WRITE) -> Client:
    _, secret = services.create_token(user=user, name="t", scope=scope, list_ids=[one.pk for one in lists])
    return bearer(secret)


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_token_is_made_for_lists(ada: User, uni: TodoList, work: TodoList) -> None:
    body = {"name": "uni", "list_ids": [work.pk, uni.pk, work.pk]}
    answer = signed_in(ada).post(TOKENS, body, JSON)
    assert (answer.status_code, answer.json()["list_ids"]) == (201, [uni.pk, work.pk])
    listed = bearer(answer.json()["token"]).get("/api/v1/lists").json()
    assert [one["name"] for one in listed] == ["Uni", "Work"]
    assert signed_in(ada).get(TOKENS).json()[0]["list_ids"] == [uni.pk, work.pk]


@pytest.mark.parametrize("list_ids", [[], "5", [0], ["1"], [True], 7, [10**30], [1.5], list(range(1, 102))])
def test_bad_lists_are_named(ada: User, list_ids: object) -> None:
    answer = signed_in(ada).post(TOKENS, {"name": "x", "list_ids": list_ids}, JSON)
    assert answer.status_code == 400
    assert all(name.startswith("list_ids") for name in answer.json()["fields"])
    assert not ApiToken.objects.exists()


def test_lists_of_others_are_like_none(ada: User, uni: TodoList) -> None:
    theirs = create_list(user=make_user("bob"), name="Bob's")
    answers = [
        signed_in(ada).post(TOKENS, {"name": "x", "list_ids": [uni.pk, pk]}, JSON).json()
        for pk in (theirs.pk, 2**40)
    ]
    assert answers[0] == answers[1] == {
        "error": "list_ids: There is no such list.", "fields": {"list_ids": ["There is no such list."]},
    }  # fmt: skip
    assert not ApiToken.objects.exists()


def test_todos_of_its_list_are_read_and_changed(ada: User, uni: TodoList) -> None:
    client, url = api(ada, uni), f"/api/v1/lists/{uni.pk}/todos"
    first = client.post(url, {"title": "Essay", "labels": ["new"]}, JSON).json()
    second = client.post(url, {"title": "Book", "parent_id": first["id"]}, JSON).json()
    assert client.put(f"{url}/{first['id']}", {"title": "Long essay"}, JSON).json()["title"] == "Long essay"
    assert client.get(f"{url}/{first['id']}").json()["title"] == "Long essay"
    assert client.put(f"{url}/{first['id']}/position", {"after": None}, JSON).status_code == 200
    item = {"id": second["id"], "action": "update", "changes": {"title": "Two books"}}
    assert client.post(f"{url}/bulk", {"items": [item]}, JSON).json()["results"][0]["status"] == 200
    assert [todo["title"] for todo in client.get(url).json()] == ["Long essay", "Two books"]
    assert client.delete(f"{url}/{first['id']}").json()["id"] == first["id"]
    assert client.post(f"{url}/{first['id']}/restore").status_code == 200
    assert client.post(f"{url}/import", FILE, "text/calendar").json()["added"] == 1
    assert [todo["title"] for todo in client.get(f"{url}?query=imported").json()] == ["Imported"]
    assert client.get(f"/api/v1/lists/{uni.pk}").json()["open_todos"] == 3


def test_calendar_of_its_list_is_made(ada: User, uni: TodoList) -> None:
    client, url = api(ada, uni), f"/api/v1/lists/{uni.pk}/todos/ical"
    job = client.post(url).json()
    build_calendar(CalendarJob.objects.get().calendar_id)
    assert client.get(job["task_url"]).json()["task_status"] == "SUCCESS"
    assert client.get(f"{url}/{job['task_id']}/result").content.startswith(b"BEGIN:VCALENDAR")
    assert client.delete(f"{url}/{job['task_id']}").status_code == 200


def test_default_list_is_among_its_lists_or_there_is_none(ada: User, home: TodoList, uni: TodoList) -> None:
    todo = create_todo(todo_list=home, title="At home")
    request_calendar(todo_list=home, options=CalendarOptions())
    for client, status in ((api(ada, home), 200), (api(ada, uni), 404)):
        assert client.get("/api/v1/todos").status_code == status
        assert client.get(f"/api/v1/todos/{todo.pk}").status_code == status
        assert client.put(f"/api/v1/todos/{todo.pk}", {"title": f"{status}"}, JSON).status_code == status
        assert client.post("/api/v1/todos/ical").status_code == {200: 202}.get(status, status)
        assert client.post("/api/v1/todos", {"title": "New"}, JSON).status_code == {200: 201}.get(status, status)
        assert client.post("/api/v1/todos/import", FILE, "text/calendar").status_code == status
    assert {one.title for one in home.todos.all()} == {"200", "New", "Imported"}
    assert api(ada, uni).delete(f"/api/v1/todos/{todo.pk}").json() == {}
    assert api(ada, home).delete(f"/api/v1/todos/{todo.pk}").json()["id"] == todo.pk


def test_other_lists_do_not_exist(ada: User, uni: TodoList, work: TodoList) -> None:
    client = api(ada, uni)
    todo = create_todo(todo_list=work, title="Secret")
    for path in ("", "/todos", f"/todos/{todo.pk}", "/todos?query=secret", "/todos/ical"):
        stranger = api(ada, uni).get(f"/api/v1/lists/{2**40}{path}")
        answer = client.get(f"/api/v1/lists/{work.pk}{path}")
        assert (answer.status_code, answer.content) == (stranger.status_code, stranger.content), path
        assert answer.status_code in {404, 405}, path


def test_todos_are_moved_within_its_lists_alone(ada: User, uni: TodoList, work: TodoList) -> None:
    def move(client: Client, todo: Todo, target: TodoList) -> dict:
        items = [{"id": todo.pk, "action": "move", "list_id": target.pk}]
        [result] = client.post(f"/api/v1/lists/{uni.pk}/todos/bulk", {"items": items}, JSON).json()["results"]
        return result

    todo = create_todo(todo_list=uni, title="Essay")
    result = move(api(ada, uni), todo, work)
    assert (result["status"], result["error"]) == (404, "There is no such list.")
    assert uni.todos.get() == todo
    assert move(api(ada, uni, work), todo, work)["status"] == 200
    assert work.todos.get() == todo


def test_jobs_of_other_lists_do_not_exist(ada: User, uni: TodoList, work: TodoList) -> None:
    job, own = (request_calendar(todo_list=one, options=CalendarOptions()) for one in (work, uni))
    client = api(ada, uni)
    assert client.get(f"/api/v1/todos/ical/{own.pk}/status").status_code == 200
    for path in ("/status", "/result"):
        answer = client.get(f"/api/v1/todos/ical/{job.pk}{path}")
        assert (answer.status_code, answer.json()) == (404, {"error": "There is no such task."})
    assert client.delete(f"/api/v1/todos/ical/{job.pk}").status_code == 404
    assert CalendarJob.objects.get(pk=job.pk).status == "PENDING"


def test_list_itself_and_its_people_are_left_alone(ada: User, uni: TodoList) -> None:
    share(uni, make_user("bob"))
    client, url = api(ada, uni), f"/api/v1/lists/{uni.pk}"
    for method, path in (
        ("put", ""), ("delete", ""), ("get", "/members"), ("post", "/members"), ("post", "/invitations"),
        ("get", "/feeds"), ("post", "/feeds"), ("delete", f"/members/{Membership.objects.get().pk}"),
    ):  # fmt: skip
        answer = getattr(client, method)(f"{url}{path}", {"name": "Taken"}, JSON)
        assert answer.status_code == 404, (method, path)
        assert "only gives access to certain lists" in answer.json()["error"]
    assert TodoList.objects.get(pk=uni.pk).name == "Uni"
    assert Membership.objects.count() == 1


def test_read_token_of_a_list_changes_nothing(ada: User, uni: TodoList) -> None:
    client = api(ada, uni, scope=Scope.READ)
    assert client.get(f"/api/v1/lists/{uni.pk}/todos").status_code == 200
    answer = client.post(f"/api/v1/lists/{uni.pk}/todos", {"title": "x"}, JSON)
    assert (answer.status_code, answer.json()) == (403, {"error": "This token may only read."})
    assert not uni.todos.exists()


def test_token_does_what_the_role_of_its_user_is_for(ada: User, uni: TodoList) -> None:
    bob = make_user("bob")
    client = api(bob, share(uni, bob, "viewer"))
    assert client.get(f"/api/v1/lists/{uni.pk}/todos").status_code == 200
    assert client.post(f"/api/v1/lists/{uni.pk}/todos", {"title": "x"}, JSON).status_code == 403
    remove_member(todo_list=uni, membership_id=Membership.objects.get().pk)
    assert client.get(f"/api/v1/lists/{uni.pk}/todos").status_code == 404
    assert client.get("/api/v1/lists").json() == []


def test_token_whose_list_is_deleted_opens_nothing(ada: User, home: TodoList, uni: TodoList) -> None:
    client = api(ada, uni)
    delete_list(todo_list=uni)
    assert client.get("/api/v1/lists").json() == []
    assert client.get("/api/v1/todos").status_code == 404
    assert client.get("/api/v1/labels").status_code == 404


def test_release_before_finds_no_restricted_token(ada: User, uni: TodoList) -> None:
    token, secret = services.create_token(user=ada, name="t", list_ids=[uni.pk])
    assert secret.startswith(services.RESTRICTED_PREFIX)
    # 0.1.0 looks for the SHA-256 of whatever is sent to it.
    texts = (secret, token.token_hash, secret.removeprefix(services.RESTRICTED_PREFIX))
    hashes = {hashlib.sha256(text.encode()).hexdigest() for text in texts}
    assert not ApiToken.objects.filter(token_hash__in=hashes).exists()
    assert services.find_token(secret) == token
    _, full = services.create_token(user=ada, name="t")
    assert ApiToken.objects.filter(token_hash=hashlib.sha256(full.encode()).hexdigest()).exists()


def test_restore_leaves_no_token_to_a_list_that_is_still_to_come(
    ada: User, uni: TodoList, work: TodoList, tmp_path: Path
) -> None:
    _, secret = services.create_token(user=ada, name="t", list_ids=[uni.pk, work.pk])
    delete_list(todo_list=work)
    backup = tmp_path / "backup.gz"
    call_command("backup", str(backup), verbosity=0)
    with gzip.open(backup, "rt") as file:
        assert any(json.loads(line).get("model") == "accounts.apitoken" for line in file)
    call_command("restore", str(backup), replace=True, verbosity=0)
    assert ApiToken.objects.get().list_ids == [uni.pk]
    assert [one["name"] for one in bearer(secret).get("/api/v1/lists").json()] == ["Uni"]


# --- Pages ---


def test_page_makes_a_token_for_lists(ada: User, uni: TodoList, work: TodoList) -> None:
    client = signed_in(ada)
    body = {"name": "uni", "scope": "read", "list_ids": [uni.pk]}
    page = client.post("/accounts/tokens", body, follow=True)
    assert "can read only Uni" in page.text
    assert bearer(page.context["new_token"]).get(f"/api/v1/lists/{work.pk}").status_code == 404
    client.post("/accounts/tokens", {"name": "all", "scope": "read"})
    assert [token.list_ids for token in ApiToken.objects.order_by("pk")] == [[uni.pk], None]
    delete_list(todo_list=uni)
    assert "can read only deleted lists" in client.get("/settings").text


def test_page_refuses_lists_of_others(ada: User, home: TodoList) -> None:
    theirs = create_list(user=make_user("bob"), name="Bob's")
    body = {"name": "x", "scope": "read", "list_ids": [theirs.pk]}
    assert signed_in(ada).post("/accounts/tokens", body).status_code == 422
    assert not ApiToken.objects.exists()


def test_export_names_the_lists_of_tokens(ada: User, uni: TodoList) -> None:
    services.create_token(user=ada, name="uni", list_ids=[uni.pk])
    services.create_token(user=ada, name="all")
    tokens = signed_in(ada).get("/accounts/data.json").json()["api_tokens"]
    assert [(token["name"], token["scope"], token["lists"]) for token in tokens] == [
        ("uni", "read", ["Uni"]), ("all", "read", None),
    ]  # fmt: skip
