"""/api/v1/webhooks."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Scope
from accounts.services import create_token
from followers.models import Delivery, Follower, Webhook
from followers.webhooks import services
from tests.factories import make_list, make_todo, make_user, share
from tests.followers.conftest import Made
from tests.followers.receiver import Receiver
from todos.models import TodoList
from todos.services import create_list

pytestmark = pytest.mark.django_db(transaction=True)
WEBHOOKS = "/api/v1/webhooks"
URL = "https://example.com/hook"
JSON = "application/json"


@pytest.fixture
def client(user: User, client: Client) -> Client:
    client.force_login(user)
    return client


def test_webhook_is_made_read_changed_and_deleted(client: Client, todo_list: TodoList) -> None:
    made = client.post(WEBHOOKS, {"url": URL, "name": "Bot"}, JSON)

    assert made.status_code == 201
    body = made.json()
    secret = body.pop("secret")
    assert secret.startswith("whsec_")
    address = f"{WEBHOOKS}/{body['id']}"
    assert made.headers["Location"].endswith(address)
    assert body | {"id": 0, "created_at": ""} == {
        "id": 0, "list_id": todo_list.pk, "name": "Bot", "url": URL, "includes_changes": False, "is_active": True,
        "state": "working", "failing_since": None, "last_result": None, "rotated_at": None, "created_at": "",
    }  # fmt: skip
    assert client.get(WEBHOOKS).json() == [body]
    assert client.get(address).json() == body

    changed = client.patch(address, {"includes_changes": True, "is_active": False}, JSON)
    assert changed.json() == body | {"includes_changes": True, "is_active": False, "state": "off"}
    assert client.delete(address).status_code == 204
    assert client.get(WEBHOOKS).json() == []
    assert not Follower.objects.exists()


def test_secret_is_shown_once_and_stored_nowhere(client: Client) -> None:
    made = client.post(WEBHOOKS, {"url": URL}, JSON).json()
    address = f"{WEBHOOKS}/{made['id']}"
    for answer in (client.get(WEBHOOKS), client.get(address), client.put(address, {"name": "x"}, JSON)):
        assert "whsec_" not in answer.text
    stored = [str(list(model.objects.values())) for model in (Webhook, Follower, Delivery)]
    assert not any(made["secret"].removeprefix("whsec_")[:20] in rows for rows in stored)


def test_secret_is_rotated_and_the_one_before_signs_for_a_day(
    client: Client,
    receiver: Receiver,
    make_webhook: Callable[..., Made],
    user: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make_webhook()
    new = client.post(f"{WEBHOOKS}/{made.webhook.pk}/rotate-secret").json()["secret"]
    assert new != made.secret
    make_todo(user=user)
    made.deliver()
    monkeypatch.setattr(services, "OVERLAP", services.OVERLAP * 0)
    make_todo(user=user)
    made.deliver()

    both, one = receiver.requests
    assert both.verify(made.secret) == both.verify(new)
    one.verify(new)
    with pytest.raises(Exception, match="No matching signature"):
        one.verify(made.secret)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://example.com"}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "example.com"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://user:pw@example.com"}, "url"),
        ({"url": "https://example.com:99999"}, "url"),
        ({"url": "https://example.com/ x"}, "url"),
        ({"url": "https://example.com/\r\nHost: x"}, "url"),
        ({"url": "https://bücher.example"}, "url"),
        ({"url": "https://127.0.0.1"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": f"https://example.com/{'x' * 2_000}"}, "url"),
        ({"url": 1}, "url"),
        ({"url": URL, "name": "x" * 101}, "name"),
        ({"url": URL, "includes_changes": "true"}, "includes_changes"),
        ({"url": URL, "list_id": 404}, "list_id"),
        ({"url": URL, "list_id": 2**70}, "list_id"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_makes_no_webhook(client: Client, body: dict, field: str) -> None:
    answer = client.post(WEBHOOKS, body, JSON)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not Webhook.objects.exists()


def test_webhook_stays_with_its_list(client: Client, user: User, todo_list: TodoList) -> None:
    other = create_list(user=user, name="Uni")
    made = client.post(WEBHOOKS, {"url": URL, "list_id": other.pk}, JSON).json()
    assert made["list_id"] == other.pk
    address = f"{WEBHOOKS}/{made['id']}"
    assert client.put(address, {"list_id": todo_list.pk}, JSON).status_code == 400
    assert client.put(address, {"list_id": other.pk, "name": "x"}, JSON).json()["name"] == "x"


def test_there_is_a_limit(client: Client, settings: object) -> None:
    settings.MAX_WEBHOOKS = 2
    for _ in range(2):
        assert client.post(WEBHOOKS, {"url": URL}, JSON).status_code == 201
    refused = client.post(WEBHOOKS, {"url": URL}, JSON)
    assert (refused.status_code, Webhook.objects.count()) == (409, 2)


def test_viewer_has_webhooks_that_nobody_else_sees(client: Client, todo_list: TodoList) -> None:
    eve, theirs = make_user("eve"), Client()
    share(todo_list, eve)
    theirs.force_login(eve)
    made = theirs.post(WEBHOOKS, {"url": URL, "list_id": todo_list.pk}, JSON)
    assert made.status_code == 201
    address = f"{WEBHOOKS}/{made.json()['id']}"
    assert client.get(WEBHOOKS).json() == []
    for answer in (client.get(address), client.delete(address), client.post(f"{address}/test")):
        assert answer.status_code == 404


def test_nobody_has_webhooks_without_an_account() -> None:
    make_list()
    for answer in (Client().get(WEBHOOKS), Client().post(WEBHOOKS, {"url": URL}, JSON)):
        assert answer.status_code in {401, 403}


def test_restricted_and_reading_tokens_make_none(user: User, todo_list: TodoList) -> None:
    tokens = {
        404: create_token(user=user, name="t", scope=Scope.WRITE, list_ids=[todo_list.pk]),
        403: create_token(user=user, name="t", scope=Scope.READ),
        201: create_token(user=user, name="t", scope=Scope.WRITE),
    }
    for status, (_, secret) in tokens.items():
        caller = Client(headers={"Authorization": f"Bearer {secret}"})
        assert caller.post(WEBHOOKS, {"url": URL}, JSON).status_code == status


def test_test_is_sent_once_and_its_answer_kept(
    client: Client, receiver: Receiver, make_webhook: Callable[..., Made], todo_list: TodoList
) -> None:
    made = make_webhook()
    asked = client.post(f"{WEBHOOKS}/{made.webhook.pk}/test")
    assert asked.status_code == 202
    assert asked.json()["is_waiting"] is True
    made.deliver()
    made.deliver()

    [request] = receiver.requests
    assert request.verify(made.secret)["type"] == "org.taskoverflow.webhook.test"
    [sent] = client.get(f"{WEBHOOKS}/{made.webhook.pk}/deliveries").json()
    assert (sent["status"], sent["error"], sent["is_waiting"], sent["attempts"]) == (204, None, False, 1)
    assert sent["event_id"] == request.id


def test_event_is_sent_again_as_it_was(
    client: Client, receiver: Receiver, make_webhook: Callable[..., Made], user: User
) -> None:
    made = make_webhook(includes_changes=True)
    make_todo("then", user=user)
    made.deliver()
    make_todo("later", user=user)
    made.deliver()
    first = Delivery.objects.order_by("pk").first()
    again = client.post(f"{WEBHOOKS}/{made.webhook.pk}/deliveries/{first.pk}/send-again")
    assert again.status_code == 202
    made.deliver()

    ids = [request.id for request in receiver.requests]
    assert (ids[0], ids[2]) == (str(first.event_id), str(first.event_id))
    assert receiver.requests[2].body == receiver.requests[0].body
    assert [sent["attempts"] for sent in client.get(f"{WEBHOOKS}/{made.webhook.pk}/deliveries").json()] == [1, 2]
    assert client.post(f"{WEBHOOKS}/{made.webhook.pk}/deliveries/404/send-again").status_code == 404


def test_only_so_many_may_wait(client: Client, make_webhook: Callable[..., Made]) -> None:
    made = make_webhook()
    answers = [client.post(f"{WEBHOOKS}/{made.webhook.pk}/test").status_code for _ in range(6)]
    assert answers == [202] * 5 + [409]


def test_deliveries_by_hand_are_limited(
    client: Client, make_webhook: Callable[..., Made], todo_list: TodoList, settings: object
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"webhook_tests": "2/hour"}
    made = make_webhook()
    address = f"{WEBHOOKS}/{made.webhook.pk}"
    sent = client.post(f"{address}/test").json()["id"]
    again = client.post(f"{address}/deliveries/{sent}/send-again")
    refused = [
        client.post(f"{address}/test"),
        client.post(f"{address}/deliveries/{sent}/send-again"),
        client.post(f"/webhooks/{made.webhook.pk}/test"),
        client.post(f"/webhooks/{made.webhook.pk}/deliveries/{sent}/again"),
    ]
    assert again.status_code == 202
    assert [answer.status_code for answer in refused] == [429] * 4
    assert Delivery.objects.count() == 1
    assert client.post(WEBHOOKS, {"url": URL}, JSON).status_code == 201, "of these there is a number"


def test_changes_that_have_it_tried_at_once_are_limited(
    client: Client, make_webhook: Callable[..., Made], settings: object
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"webhook_tests": "4/hour"}
    made = make_webhook()
    address, page = f"{WEBHOOKS}/{made.webhook.pk}", f"/webhooks/{made.webhook.pk}"
    allowed = [
        client.patch(address, {"is_active": True}, JSON),
        client.put(address, {"is_active": True}, JSON),
        client.patch(address, {"url": URL}, JSON),
        client.post(f"{page}/switch", {"to": "on"}),
        client.patch(address, {"name": "Bot"}, JSON),
        client.patch(address, {"is_active": False}, JSON),
    ]
    assert [answer.status_code for answer in allowed] == [200, 200, 200, 302, 200, 200]
    refused = [
        client.patch(address, {"is_active": True}, JSON),
        client.put(address, {"is_active": True}, JSON),
        client.patch(address, {"url": f"{URL}/2"}, JSON),
        client.post(f"{page}/switch", {"to": "on"}),
        client.post(page, {"url": URL}),
    ]
    assert [answer.status_code for answer in refused] == [429] * 5
    assert all(0 < int(answer.headers["Retry-After"]) <= 3600 for answer in refused)
    webhook = Webhook.objects.select_related("follower").get()
    assert (webhook.url, webhook.follower.is_active) == (URL, False)


def test_log_keeps_the_newest(
    client: Client, make_webhook: Callable[..., Made], user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("followers.webhooks.sending.MAX_DELIVERIES", 3)
    made = make_webhook()
    for number in range(5):
        make_todo(str(number), user=user)
        made.deliver()
    sent = client.get(f"{WEBHOOKS}/{made.webhook.pk}/deliveries").json()
    assert [one["revision"] for one in sent] == [5, 4, 3]
