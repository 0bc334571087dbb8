"""The API of reminders."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Scope
from accounts.services import create_token
from reminders.models import Browser, Reminder, ReminderSettings
from reminders.services import MAX_BROWSERS, MAX_OF_TODO, add_browser, confirm_address
from tests.factories import make_todo, share
from tests.reminders.push_service import PushService
from todos.services import create_list, create_todo

pytestmark = pytest.mark.django_db
JSON = "application/json"
TEN = {"minutes_before": 10}
NINE = {"days_before": 1, "time": "09:00"}
AT = {"at": "2026-12-01T07:00:00Z"}


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada", email="ada@example.org")


@pytest.fixture
def api(ada: User) -> Client:
    _, secret = create_token(user=ada, name="script", scope=Scope.WRITE)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def put(api: Client, path: str, body: Any) -> Any:
    return api.put(path, body, content_type=JSON)


def test_reminders_of_a_todo_are_replaced_as_a_whole(api: Client, ada: User) -> None:
    path = f"/api/v1/todos/{make_todo(user=ada).pk}/reminders"
    assert api.get(path).json() == {"reminders": None, "default": []}
    answer = put(api, path, {"reminders": [TEN, NINE, AT, TEN]})
    assert answer.status_code == 200
    assert answer.json()["reminders"] == [TEN, NINE, AT]
    kept = Reminder.objects.get(kind="before").pk
    assert put(api, path, {"reminders": [TEN]}).json()["reminders"] == [TEN]
    assert Reminder.objects.get().pk == kept
    assert put(api, path, {"reminders": []}).json()["reminders"] == []
    assert api.get(path).json()["reminders"] == []
    assert put(api, path, {"reminders": None}).json()["reminders"] is None
    assert not Reminder.objects.exists()


def test_token_for_another_list_than_the_default_sets_reminders(ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    todo = create_todo(todo_list=uni, title="Essay")
    _, secret = create_token(user=ada, name="uni", scope=Scope.WRITE, list_ids=[uni.pk])
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    path = f"/api/v1/lists/{uni.pk}/todos/{todo.pk}/reminders"
    assert put(api, path, {"reminders": [TEN]}).json()["reminders"] == [TEN]
    assert api.get("/api/v1/reminders/settings").status_code == 404
    assert api.get(f"/api/v1/lists/{uni.pk}/reminders").status_code == 404


def test_default_of_a_list(api: Client, ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    todo = create_todo(todo_list=uni, title="Essay")
    path = f"/api/v1/lists/{uni.pk}/reminders"
    assert put(api, path, {"reminders": [TEN, NINE]}).json() == {"reminders": [TEN, NINE]}
    assert api.get(f"/api/v1/lists/{uni.pk}/todos/{todo.pk}/reminders").json() == {
        "reminders": None,
        "default": [TEN, NINE],
    }
    assert put(api, path, {"reminders": [AT]}).status_code == 400
    assert api.get(path).json() == {"reminders": [TEN, NINE]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reminders": [None]},
        {"reminders": TEN},
        {"reminders": [{}]},
        {"reminders": [TEN | NINE]},
        {"reminders": [TEN | {"time": "09:00"}]},
        {"reminders": [{"minutes_before": -1}]},
        {"reminders": [{"minutes_before": 10**9}]},
        {"reminders": [{"minutes_before": "10"}]},
        {"reminders": [{"minutes_before": True}]},
        {"reminders": [{"days_before": 1}]},
        {"reminders": [{"days_before": 29, "time": "09:00"}]},
        {"reminders": [{"days_before": 1, "time": "24:00"}]},
        {"reminders": [{"days_before": 1, "time": 540}]},
        {"reminders": [{"at": "2026-12-01T07:00:00"}]},
        {"reminders": [{"at": "2026-12-01"}]},
        {"reminders": [{"at": 1}]},
        {"reminders": [TEN | {"sound": "loud"}]},
        {"reminders": [{"minutes_before": n} for n in range(MAX_OF_TODO + 1)]},
        {"reminders": [TEN], "others": []},
    ],
)
def test_bad_reminders_are_refused_and_change_nothing(api: Client, ada: User, body: Any) -> None:
    path = f"/api/v1/todos/{make_todo(user=ada).pk}/reminders"
    put(api, path, {"reminders": [NINE]})
    answer = put(api, path, body)
    assert answer.status_code == 400
    assert answer.json()
    assert api.get(path).json()["reminders"] == [NINE]


def test_others_do_not_exist(api: Client, ada: User) -> None:
    bob = User.objects.create(username="bob")
    uni = create_list(user=bob, name="Uni")
    todo = create_todo(todo_list=uni, title="Essay")
    paths = [
        f"/api/v1/todos/{todo.pk}/reminders",
        f"/api/v1/lists/{uni.pk}/reminders",
        f"/api/v1/lists/{uni.pk}/todos/{todo.pk}/reminders",
    ]
    for path in paths:
        assert api.get(path).status_code == 404
        assert put(api, path, {"reminders": [TEN]}).status_code == 404
    share(uni, ada)
    for path in paths[1:]:
        assert put(api, path, {"reminders": [TEN]}).status_code == 200
    assert set(Reminder.objects.values_list("user", flat=True)) == {ada.pk}


def test_settings_are_changed_in_part(api: Client, ada: User) -> None:
    path = "/api/v1/reminders/settings"
    times = {"quiet_start": None, "quiet_end": None, "digest_at": None}
    empty = {"by_email": True, **times, "language": "en", "time_format": "24", "email_confirmed": False}
    assert api.get(path).json() == empty
    confirm_address(user=ada, address=ada.email)
    empty["email_confirmed"] = True
    quiet = {"quiet_start": "22:00", "quiet_end": "07:30"}
    assert api.patch(path, quiet, content_type=JSON).json() == empty | quiet
    assert api.patch(path, {"digest_at": "08:00"}, content_type=JSON).json() == empty | quiet | {
        "digest_at": "08:00"
    }
    assert api.patch(path, {"language": "fr"}, content_type=JSON).json()["language"] == "fr"
    assert api.patch(path, {"time_format": "12"}, content_type=JSON).json()["time_format"] == "12"
    unknown = ({"sound": 1}, {"email_confirmed": True})
    for wrong in (
        {"quiet_end": None},
        {"digest_at": "8"},
        {"by_email": "yes"},
        {"language": "it"},
        {"time_format": 12.5},
        *unknown,
    ):
        assert api.patch(path, wrong, content_type=JSON).status_code == 400
    stored = ReminderSettings.objects.get()
    assert (stored.quiet_end, stored.digest_at, stored.by_email) == (450, 480, True)


def test_browsers(api: Client, ada: User, push_service: PushService) -> None:
    said = push_service.subscription
    body = {
        "name": "Firefox",
        "endpoint": said["endpoint"],
        "keys": {"p256dh": said["p256dh"], "auth": said["auth"]},
    }
    path = "/api/v1/reminders/browsers"
    answer = api.post(path, body, content_type=JSON)
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "name", "created_at"}
    assert api.get(path).json() == [answer.json()]
    assert api.post(path, body | {"endpoint": "ftp://x"}, content_type=JSON).status_code == 400
    assert len(api.get("/api/v1/reminders/push-key").json()["public_key"]) == 87
    assert api.delete(f"{path}/{answer.json()['id']}").json() == answer.json()
    assert api.delete(f"{path}/{answer.json()['id']}").status_code == 404
    for number in range(MAX_BROWSERS):
        add_browser(user=ada, name="Firefox", **said | {"endpoint": f"{said['endpoint']}{number}"})
    assert api.post(path, body, content_type=JSON).status_code == 409
    assert Browser.objects.count() == MAX_BROWSERS


def test_signing_in_is_needed(ada: User) -> None:
    todo = make_todo()
    for path in (f"/api/v1/todos/{todo.pk}/reminders", "/api/v1/reminders/settings", "/api/v1/reminders/browsers"):
        assert Client().get(path).status_code == 401
