"""Accounts and settings."""

import json
import re
from datetime import time
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.mail import sender
from accounts.models import ApiToken
from accounts.views import email_link_context
from calendars.builds.build import build_calendar
from calendars.feeds.services import create_feed
from calendars.models import CalendarFile, Feed
from tests.factories import PASSWORD, make_job, make_list, make_todo, make_user
from todos.models import Todo, TodoList
from web.preferences import TimeFormatMiddleware
from web.time_format import write_time

pytestmark = pytest.mark.django_db
NEW = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}


def test_sign_up_leads_to_a_list_of_ones_own(client: Client) -> None:
    make_todo("Of the open list")
    answer = client.post("/accounts/sign-up", NEW, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Of the open list" not in answer.text
    assert "Copy 1 todo from the open list" in answer.text


@pytest.mark.parametrize(
    "wrong", [{"password2": "other"}, {"password1": "12345", "password2": "12345"}, {"username": ""}]
)
def test_sign_up_says_what_is_wrong(client: Client, wrong: dict) -> None:
    answer = client.post("/accounts/sign-up", NEW | wrong)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert not User.objects.exists()


def test_sign_up_can_be_turned_off(client: Client, settings: object) -> None:
    assert "/accounts/sign-up" in client.get("/").text
    settings.SIGN_UP = False
    assert client.post("/accounts/sign-up", NEW).status_code == 404
    assert not any("/accounts/sign-up" in client.get(path).text for path in ("/", "/accounts/login"))
    assert not User.objects.exists()


def test_open_list_is_copied_with_new_uids(client: Client, ada: User) -> None:
    todo = make_todo("Essay", "2026-12-01")
    make_todo("Gone")
    Todo.objects.filter(title="Gone").update(deleted_at="2026-01-01T00:00:00Z")
    client.post("/todos/copy")
    copied = Todo.objects.get(list__default_owner=ada)
    assert (copied.title, str(copied.due)) == ("Essay", "2026-12-01")
    assert copied.uid != todo.uid
    assert Todo.objects.filter(list__default_owner=None).count() == 2


def test_open_list_is_not_copied_in_private_mode(client: Client, ada: User, settings: object) -> None:
    make_todo("Essay")
    settings.MODE = "private"
    assert client.post("/todos/copy").status_code == 404
    assert "from the open list" not in client.get("/").text


def test_open_list_is_handed_over_whole() -> None:
    todo = make_todo("Essay")
    feed = create_feed(todo_list=make_list(), name="Phone")
    ada = make_user("ada")
    make_list(ada)
    call_command("adopt_open_list", "ada", stdout=StringIO())
    assert list(Todo.objects.filter(list__default_owner=ada)) == [todo]
    assert Feed.objects.get(calendar__list__default_owner=ada) == feed
    assert TodoList.objects.count() == 1
    with pytest.raises(CommandError, match="no open list"):
        call_command("adopt_open_list", "ada")


def test_open_list_never_replaces_a_list_in_use() -> None:
    make_todo("Essay")
    make_todo("Mine", user=make_user("ada"))
    with pytest.raises(CommandError, match="that is not empty"):
        call_command("adopt_open_list", "ada")
    with pytest.raises(CommandError, match="no user"):
        call_command("adopt_open_list", "bob")
    assert Todo.objects.filter(list__default_owner=None).count() == 1


@pytest.mark.django_db(transaction=True)  # the thread that sends mail sees only what is committed
def test_forgotten_password_is_set_anew_by_mail(client: Client) -> None:
    make_user("ada")
    User.objects.update(email="ada@example.org")
    sent = client.post("/accounts/password/forgotten", {"email": "ada@example.org"}, follow=True)
    unknown = client.post("/accounts/password/forgotten", {"email": "bob@example.org"}, follow=True)
    for answer in (sent, unknown):
        assert "If an account has that address" in answer.text
    sender.submit(lambda: None).result()
    [message] = mail.outbox
    path = re.search(r"http://testserver(\S+)", message.body)[1]
    page = client.get(path, follow=True)
    new = {"new_password1": "another good one", "new_password2": "another good one"}
    assert "Sign in with it" in client.post(page.redirect_chain[-1][0], new, follow=True).text
    assert client.login(username="ada", password="another good one")
    assert "already used" in client.get(path, follow=True).text


def test_links_in_mails_lead_to_the_public_address(settings: object) -> None:
    assert email_link_context() == {}
    settings.PUBLIC_URL = "https://todo.example.org"
    assert email_link_context() == {"protocol": "https", "domain": "todo.example.org"}


def test_password_is_changed(client: Client, ada: User) -> None:
    values = {"old_password": PASSWORD, "new_password1": "another good one", "new_password2": "another good one"}
    assert "Your password is changed." in client.post("/accounts/password", values, follow=True).text
    assert Client().login(username="ada", password="another good one")


def test_settings_of_the_list_are_kept(client: Client) -> None:
    values = {"name": "Work", "time_zone": "Australia/Brisbane", "week_start": "6"}
    assert "Saved." in client.post("/settings", values, follow=True).text
    assert TodoList.objects.values_list("name", "time_zone", "week_start").get() == (
        "Work",
        "Australia/Brisbane",
        6,
    )
    answer = client.post("/settings", values | {"time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert len(answer.content) < 100_000


def test_appearance_is_kept_in_the_browser(client: Client) -> None:
    make_todo("Essay", "2031-05-14T14:05:00")
    assert 'content="light dark"' in (page := client.get("/").text)
    assert "/dark." in page
    assert 'media="(prefers-color-scheme: dark)"' in page
    assert "14 May 2031 14:05" in page
    answer = client.post("/accounts/appearance", {"theme": "light", "time_format": "12"}, follow=True)
    assert "Saved." in answer.text
    assert answer.context["appearance_form"].initial == {
        "theme": "light",
        "time_format": "12",
        "language": "auto",
    }
    assert 'content="light"' in (page := client.get("/").text)
    assert "/dark." not in page
    assert "14 May 2031 2:05 pm" in page
    client.post("/accounts/appearance", {"theme": "dark", "time_format": "24"})
    assert 'content="dark"' in (page := client.get("/").text)
    assert "/dark." in page
    assert "prefers-color-scheme" not in page
    assert client.post("/accounts/appearance", {"theme": "pink", "time_format": "12"}).status_code == 422
    client.cookies["theme"], client.cookies["time_format"] = '"><script>', "x" * 1_000
    assert 'content="light dark"' in (page := client.get("/").text)
    assert "14 May 2031 14:05" in page


@pytest.mark.parametrize(
    ("hour", "written"), [(0, "12:05 am"), (9, "9:05 am"), (12, "12:05 pm"), (23, "11:05 pm")]
)
def test_hours_of_a_12_hour_clock(hour: int, written: str) -> None:
    def view(_: object) -> HttpResponse:
        return HttpResponse(write_time(time(hour, 5)))

    request = RequestFactory().get("/")
    request.COOKIES["time_format"] = "12"
    assert TimeFormatMiddleware(view)(request).text == written
    assert write_time(time(hour, 5)) == f"{hour:02}:05"  # of what is written outside of a request


def test_token_is_shown_once_and_works(client: Client, ada: User) -> None:
    page = client.post("/accounts/tokens", {"name": "curl", "scope": "read"}, follow=True)
    secret = page.context["new_token"]
    assert secret in page.text
    assert secret not in client.get("/settings").text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/todos", headers=bearer).status_code == 200
    client.post(f"/accounts/tokens/{ApiToken.objects.get().pk}/revoke")
    assert Client().get("/api/v1/todos", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("path", "values", "sentence"),
    [
        ("email", {"email": "nobody"}, "Enter a valid email address."),
        ("tokens", {"name": " ", "scope": "read"}, "A token needs a name."),
    ],
)
def test_wrong_settings_of_an_account_are_said_beside_them(
    client: Client, ada: User, path: str, values: dict, sentence: str
) -> None:
    answer = client.post(f"/accounts/{path}", values)
    assert answer.status_code == 422
    assert f'_error">{sentence}' in answer.text
    assert not ApiToken.objects.exists()


def test_all_data_comes_as_json(client: Client, ada: User) -> None:
    todo = make_todo("Essay", user=ada)
    make_todo("Not mine")
    create_feed(todo_list=make_list(ada), name="Phone")
    data = json.loads(client.get("/accounts/data.json").content)
    assert [(row["title"], row["uid"]) for row in data["todos"]] == [("Essay", str(todo.uid))]
    assert data["user"]["name"] == "ada"
    assert data["feeds"][0]["name"] == "Phone"


def test_account_is_deleted_with_everything(client: Client, ada: User) -> None:
    make_todo("Essay", user=ada)
    build_calendar(make_job(ada).calendar_id)
    create_feed(todo_list=make_list(ada), name="Phone")
    make_todo("Of the open list")
    assert client.post("/accounts/delete", {"password": "guess"}).status_code == 422
    client.post("/accounts/delete", {"password": PASSWORD})
    assert not User.objects.exists()
    assert list(Todo.objects.values_list("title", flat=True)) == ["Of the open list"]
    assert not (CalendarFile.objects.exists() or Feed.objects.exists())


@pytest.mark.parametrize("path", ["email", "tokens", "tokens/1/revoke", "delete", "password"])
def test_pages_of_an_account_need_one(client: Client, path: str) -> None:
    answer = client.post(f"/accounts/{path}", {})
    assert (answer.status_code, answer["Location"][:15]) == (302, "/accounts/login")


def test_nobody_revokes_anothers_token(client: Client, ada: User) -> None:
    token = ApiToken.objects.create(user=make_user("bob"), name="Secret", token_hash="x")
    assert client.post(f"/accounts/tokens/{token.pk}/revoke").status_code == 404
    assert "Secret" not in client.get("/settings").text
    assert ApiToken.objects.exists()


def test_private_mode_leads_htmx_to_the_sign_in(client: Client, settings: object) -> None:
    settings.MODE = "private"
    answer = client.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/login")
    for path in ("login", "sign-up", "password/forgotten"):
        assert client.get(f"/accounts/{path}").status_code == 200


@pytest.mark.django_db
def test_time_zones_are_places_and_the_one_that_was_chosen(client: Client) -> None:
    todo_list = make_list()
    zones = client.get("/settings").context["form"].fields["time_zone"].choices
    names = {zone for zone, _ in zones}
    assert {"Europe/Berlin", "UTC", todo_list.time_zone} <= names
    assert not names & {"Factory", "localtime", "Zulu", "Navajo", "GMT-0", "W-SU"}


def test_name_may_be_typed_in_another_case_if_one_user_is_meant(client: Client) -> None:
    make_user("ben")
    form = {"username": "Ben", "password": PASSWORD}
    assert client.post("/accounts/login", form).status_code == 302
    client.logout()
    User.objects.create_user("BEN", password="another one")  # as an older release let people do
    assert client.post("/accounts/login", form).status_code == 200
    assert client.post("/accounts/login", form | {"username": "BEN"}).status_code == 200
    assert client.post("/accounts/login", form | {"username": "ben"}).status_code == 302
