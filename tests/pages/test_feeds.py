"""The pages of feeds."""

import re
import uuid
from html import unescape

import pytest
import segno
from django.contrib.auth.models import User
from django.test import Client

from calendars.feeds.services import create_feed
from calendars.models import Feed
from calendars.options import CalendarOptions
from reminders.services import confirm_address
from tests.factories import PASSWORD, make_feed, make_list, make_todo, make_user
from todos.services import create_filter, create_list

pytestmark = pytest.mark.django_db


def url_of(client: Client) -> str:
    return client.get("/feeds").context["cards"][0].links.url


def test_feed_is_made_and_its_address_works(client: Client) -> None:
    make_todo("Essay")
    answer = client.post("/feeds", {"name": "Phone", "completed": "open"}, follow=True)
    url = url_of(client)
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    page = unescape(answer.text)
    assert f'value="{url}"' in page
    assert url.replace("http://", "webcal://") in page
    assert "which cannot reach this computer" not in page  # testserver is no local name
    assert b"SUMMARY:Essay\r\n" in client.get(url.removeprefix("http://testserver")).content
    assert Feed.objects.get().calendar.options == CalendarOptions(completed="open")


WITHOUT_DEADLINE = "Todos without a deadline are not included"


@pytest.mark.parametrize("path", ["/feeds", "/exports"])
def test_form_says_that_todos_without_a_deadline_are_not_included(client: Client, path: str) -> None:
    assert f"{WITHOUT_DEADLINE}, not even as tasks." in client.get(path).text


@pytest.mark.parametrize(("components", "count"), [("event", 1), ("todo", 2), ("both", 2)])
def test_feed_of_tasks_says_that_todos_without_a_deadline_are_not_included(
    client: Client, components: str, count: int
) -> None:
    make_feed(completed="all", components=components)
    assert client.get("/feeds").text.count(WITHOUT_DEADLINE) == count


def test_options_are_chosen_and_changed_without_a_new_address(client: Client) -> None:
    values = {"name": "Phone", "completed": "all", "components": "both", "shape": "before", "block_minutes": "45"}
    client.post("/feeds", values | {"alarm_minutes": "15", "mark_completed": "on"})
    feed = Feed.objects.get()
    assert feed.calendar.options == CalendarOptions("all", True, "before", 45, "both", 15)
    url = url_of(client)
    client.post(f"/feeds/{feed.pk}", values | {"name": "Watch", "alarm_minutes": "", "components": "todo"})
    feed = Feed.objects.get()
    assert (feed.name, feed.calendar.options) == (
        "Watch",
        CalendarOptions("all", False, "before", 45, "todo", None),
    )
    assert url_of(client) == url


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"completed": "some"}, {"block_minutes": "0"}, {"alarm_minutes": "x"}]
)
def test_what_is_wrong_is_said(client: Client, wrong: dict) -> None:
    answer = client.post("/feeds", {"name": "Phone", "completed": "open"} | wrong)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert not Feed.objects.exists()


def test_rotated_address_is_another_and_revoked_is_gone(client: Client) -> None:
    feed = create_feed(todo_list=make_list(), name="Phone")
    old = url_of(client)
    client.post(f"/feeds/{feed.pk}/rotate")
    new = url_of(client)
    assert new != old
    assert client.get(old.removeprefix("http://testserver")).status_code == 404
    client.post(f"/feeds/{feed.pk}/delete")
    assert client.get(new.removeprefix("http://testserver")).status_code == 404
    assert not Feed.objects.exists()


def test_page_tells_who_fetched_it(client: Client) -> None:
    make_todo("Essay")
    create_feed(todo_list=make_list(), name="Phone")
    address = url_of(client).removeprefix("http://testserver")
    client.get(address, headers={"User-Agent": "Google-Calendar-Importer"})
    page = client.get("/feeds").text
    assert "<strong>Google</strong>" in page
    assert "the file, 1 event" in page
    assert "every 4 to 24 hours" in page


def test_address_that_cannot_be_shown_says_so(client: Client, settings: object) -> None:
    create_feed(todo_list=make_list(), name="Phone")
    settings.SECRET_KEY = "another"
    assert "The link cannot be shown" in client.get("/feeds").text


def test_nobody_reaches_anothers_feed(client: Client) -> None:
    feed = create_feed(todo_list=make_list(make_user("ada")), name="Secret")
    make_user("bob")
    client.login(username="bob", password=PASSWORD)
    assert "Secret" not in client.get("/feeds").text
    for feed_id in (feed.pk, uuid.uuid4()):
        assert client.get(f"/feeds/{feed_id}").status_code == 404
        assert client.get(f"/feeds/{feed_id}/subscribe").status_code == 404
        assert client.post(f"/feeds/{feed_id}/mail").status_code == 404
        assert client.post(f"/feeds/{feed_id}", {"name": "Mine", "completed": "all"}).status_code == 404
        assert client.post(f"/feeds/{feed_id}/rotate").status_code == 404
        assert client.post(f"/feeds/{feed_id}/delete").status_code == 404
    feed.refresh_from_db()
    assert (feed.name, feed.token_version) == ("Secret", 1)


def test_feed_of_a_filter_has_its_name_and_lets_choose_the_list(client: Client, ada: User) -> None:
    trip = create_list(user=ada, name="Trip")
    saved = create_filter(user=ada, name="Urgent & new", query="priority:high")
    link = re.search(r'href="(/feeds\?filter=[^"]*)"', client.get(f"/filters/{saved.pk}").text)[1]
    page = client.get(unescape(link))
    assert "A calendar shows one list." in page.text
    assert page.context["form"].initial["name"] == "Urgent & new"
    other = re.search(rf'href="(/lists/{trip.pk}/feeds\?[^"]*)"', page.text)[1]
    page = client.get(unescape(other))
    assert "<strong>Trip</strong> alone" in page.text
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert client.post(f"/lists/{trip.pk}/feeds", values).status_code == 302
    feed = Feed.objects.get()
    assert (feed.name, feed.calendar.list, feed.calendar.options.filter) == ("Urgent & new", trip, "priority:high")
    assert "A calendar shows one list." not in client.get("/feeds").text


@pytest.fixture
def reader(client: Client) -> User:
    """Somebody with a confirmed address and a feed, who is signed in."""
    user = make_user("ada")
    User.objects.filter(pk=user.pk).update(email="ada@example.org")
    confirm_address(user=user, address="ada@example.org")
    create_feed(todo_list=make_list(user), name="Phone")
    client.force_login(user)
    return user


def test_steps_show_the_link_for_each_app_and_as_a_code(client: Client, reader: User) -> None:
    links = client.get("/feeds").context["cards"][0].links
    answer = client.get(f"/feeds/{Feed.objects.get().pk}/subscribe")
    assert "no-store" in answer["Cache-Control"]
    page = unescape(answer.text)
    for address in (links.url, links.webcal_url, links.google_url, links.outlook_url):
        assert f'"{address}"' in page
    assert segno.make(links.webcal_url, micro=False).svg_inline(omitsize=True, light="#fff", svgclass=None) in page
    assert "style=" not in page  # the content security policy allows none


def test_link_is_mailed_to_the_confirmed_address_alone(
    client: Client, reader: User, mailoutbox: list, settings: object
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"feed_mails": "2/hour"}
    address, url = f"/feeds/{Feed.objects.get().pk}/mail", url_of(client)
    assert "on its way to ada@example.org" in client.post(address, follow=True).text
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]
    assert f"    {url}\n" in mailoutbox[0].body
    User.objects.update(email="bob@example.org")  # nobody has confirmed this one
    assert "cannot be mailed" in client.post(address, follow=True).text
    assert "confirm your email address" in client.get(f"/feeds/{Feed.objects.get().pk}/subscribe").text
    assert client.post(address).status_code == 429
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [("dummy.EmailBackend", "cannot be mailed"), ("smtp.EmailBackend", "could not be sent. Try again")],
)
def test_mail_that_cannot_be_sent_says_so(
    client: Client, reader: User, settings: object, backend: str, sentence: str
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        f"django.core.mail.backends.{backend}",
        "127.0.0.1",
        1,
    )
    assert sentence in client.post(f"/feeds/{Feed.objects.get().pk}/mail", follow=True).text
