"""Pages for webhooks."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followers.models import Delivery, Follower, Webhook
from followers.webhooks.services import create_webhook
from tests.factories import make_list, make_user, share
from todos.models import TodoList
from todos.services import create_list

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"


@pytest.fixture
def user(client: Client) -> User:
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def todo_list(user: User) -> TodoList:
    return make_list(user)


def make_webhook(user: User, todo_list: TodoList, **values: object) -> Webhook:
    return create_webhook(user=user, todo_list=todo_list, url=URL, **values)[0]


def test_webhook_is_made_and_its_secret_shown_once(client: Client, todo_list: TodoList) -> None:
    answer = client.post(
        "/webhooks", {"list_id": todo_list.pk, "url": URL, "name": "Bot", "includes_changes": "on"}
    )
    webhook = Webhook.objects.get()
    assert answer.headers["Location"] == f"/webhooks/{webhook.pk}"
    assert (webhook.url, webhook.name, webhook.includes_changes) == (URL, "Bot", True)
    assert webhook.follower.list == todo_list
    assert "whsec" not in Session.objects.get().get_decoded().__repr__()

    first, second = client.get(f"/webhooks/{webhook.pk}"), client.get(f"/webhooks/{webhook.pk}")
    assert 'value="whsec_' in first.text
    assert "whsec_" not in second.text


@pytest.mark.parametrize(
    "url", ["", "http://example.com", "https://10.0.0.1/", "javascript:alert(1)", "x" * 2_001]
)
def test_form_says_what_is_wrong(client: Client, todo_list: TodoList, url: str) -> None:
    answer = client.post("/webhooks", {"list_id": todo_list.pk, "url": url})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert not Webhook.objects.exists()


def test_list_of_somebody_else_cannot_be_chosen(client: Client, user: User) -> None:
    theirs = make_list(make_user("eve"))
    assert client.post("/webhooks", {"list_id": theirs.pk, "url": URL}).status_code == 422
    assert not Webhook.objects.exists()


def test_quota_is_told_in_the_form(client: Client, todo_list: TodoList, settings: object) -> None:
    settings.MAX_WEBHOOKS = 0
    answer = client.post("/webhooks", {"list_id": todo_list.pk, "url": URL})
    assert answer.status_code == 422
    assert "is the limit" in answer.text


def test_webhook_is_changed_switched_and_deleted(client: Client, user: User, todo_list: TodoList) -> None:
    webhook = make_webhook(user, todo_list)
    page = f"/webhooks/{webhook.pk}"
    assert client.post(page, {"url": f"{URL}/2", "name": "New", "includes_changes": "on"}).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.url, webhook.name, webhook.includes_changes) == (f"{URL}/2", "New", True)
    client.post(page, {"url": URL, "name": ""})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.name, webhook.includes_changes) == (URL, "", False)

    client.post(f"{page}/switch", {"to": "off"})
    assert not Follower.objects.get().is_active
    assert "This webhook is off" in client.get(page).text
    client.post(f"{page}/switch", {"to": "on"})
    assert Follower.objects.get().is_active

    assert "Delete" in client.get(f"{page}/delete").text
    assert client.post(f"{page}/delete").headers["Location"] == "/webhooks"
    assert not Follower.objects.exists()


def test_secret_is_rotated(client: Client, user: User, todo_list: TodoList) -> None:
    webhook = make_webhook(user, todo_list)
    page = f"/webhooks/{webhook.pk}"
    assert "24 hours" in client.get(f"{page}/secret").text
    assert client.post(f"{page}/secret", follow=True).text.count('value="whsec_') == 1
    webhook.refresh_from_db()
    assert webhook.secret_version == 2


def test_log_shows_answers_as_text(client: Client, user: User, todo_list: TodoList) -> None:
    webhook = make_webhook(user, todo_list)
    page = f"/webhooks/{webhook.pk}"
    client.post(f"{page}/test")
    assert "Waiting" in client.get(page).text
    sent = {"is_requested": False, "attempts": 1, "milliseconds": 12, "sent_at": webhook.created_at}
    Delivery.objects.update(status=500, error="It failed.", answer="<script>alert(1)</script>", **sent)
    text = client.get(page).text
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text

    [delivery] = Delivery.objects.all()
    client.post(f"{page}/deliveries/{delivery.pk}/again")
    assert Delivery.objects.get().is_requested
    assert client.post(f"{page}/deliveries/404/again").status_code == 404


def test_pages_take_as_many_queries_for_many_as_for_one(client: Client, user: User, todo_list: TodoList) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    webhook = make_webhook(user, todo_list)
    one = count("/webhooks"), count(f"/webhooks/{webhook.pk}")
    for number in range(3):
        make_webhook(user, create_list(user=user, name=str(number)))
    for number in range(3):
        webhook.deliveries.create(event_id=f"{number:032}", event_type="x", revision=1, body=b"{}")
    assert (count("/webhooks"), count(f"/webhooks/{webhook.pk}")) == one


def test_owner_who_deletes_a_list_hears_of_no_webhooks_but_their_own(client: Client, user: User) -> None:
    uni, eve = create_list(user=user, name="Uni"), make_user("eve")
    shared = share(uni, eve)
    for owner, todo_list in ((user, uni), (eve, shared), (eve, shared)):
        create_webhook(user=owner, todo_list=todo_list, url=URL)
    page = client.get(f"/lists/{uni.pk}/delete").text
    assert "1 webhook" in page
    assert "3 webhooks" not in page


def test_pages_are_for_who_is_signed_in() -> None:
    answer = Client().get("/webhooks")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login")
