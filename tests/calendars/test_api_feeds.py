"""/api/v1/feeds: making, changing, rotating and deleting feeds."""

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.services import create_token
from calendars.builds.build import build_calendar
from calendars.feeds.services import feed_token
from calendars.models import Calendar, Feed
from tests.factories import make_feed, make_todo, make_user
from web.tokens import hash_token

pytestmark = pytest.mark.django_db
URL = "/api/v1/feeds"
DEFAULTS = {
    "completed": "open",
    "mark_completed": False,
    "shape": "moment",
    "block_minutes": 30,
    "components": "event",
    "alarm_minutes": None,
    "filter": "",
}


def path(feed, tail=""):
    return f"{URL}/{feed.pk}{tail}"


def post(client, body, url=URL):
    return client.post(url, body, content_type="application/json")


def put(client, feed, body):
    return client.put(path(feed), body, content_type="application/json")


def test_making_a_feed_answers_with_its_address_in_every_form(client):
    response = post(client, {"name": "Work & home", "options": {"shape": "before"}})

    feed, body = Feed.objects.get(), response.json()
    token = feed_token(feed.pk, 1)
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{path(feed)}"
    assert client.get(response["Location"]).json() == body
    assert (body["id"], body["name"]) == (str(feed.pk), "Work & home")
    assert body["options"] == DEFAULTS | {"shape": "before"}
    assert body["url"] == f"http://testserver/calendars/{token}.ics"
    assert body["webcal_url"] == f"webcal://testserver/calendars/{token}.ics"
    assert parse_qs(urlsplit(body["google_url"]).query) == {"cid": [body["webcal_url"]]}
    assert parse_qs(urlsplit(body["outlook_url"]).query) == {"url": [body["url"]], "name": ["Work & home"]}
    assert body["health"] == {
        "events": None,
        "bytes": None,
        "first_deadline": None,
        "last_deadline": None,
        "set_aside": [],
        "warning": None,
        "clients": [],
    }
    assert body["created_at"] == feed.created_at.strftime("%Y-%m-%dT%H:%M:%S")


def test_addresses_are_those_of_the_public_url(client, settings):
    settings.PUBLIC_URL = "https://todo.example.org"

    body = post(client, {"name": "Work"}).json()

    assert body["url"].startswith("https://todo.example.org/calendars/")
    assert body["webcal_url"].startswith("webcal://todo.example.org/calendars/")


def test_token_is_nowhere_in_the_database(client):
    token = make_feed().token

    assert len(token) == 43
    row = Feed.objects.values().get()
    assert token not in str(row)
    assert row["token_hash"] == hash_token(token)


def test_list_has_every_feed_oldest_first(client):
    feeds = [make_feed(name=name).feed for name in ("one", "two", "three")]
    make_feed(make_user(), name="somebody else's")

    response = client.get(URL)

    assert [feed["name"] for feed in response.json()] == ["one", "two", "three"]
    assert response.json()[1] == client.get(path(feeds[1])).json()


def test_list_costs_the_same_at_one_and_three(client, django_assert_num_queries):
    make_feed(shape="after")
    with django_assert_num_queries(1):
        client.get(URL)
    make_feed(shape="before")
    make_feed()
    with django_assert_num_queries(1):
        client.get(URL)


def test_feeds_with_equal_options_share_a_calendar(client):
    first, second = make_feed().feed, make_feed(name="Again", completed="open").feed

    assert first.calendar == second.calendar
    assert first.token_hash != second.token_hash


@pytest.mark.parametrize("method", ["put", "patch"])
def test_changing_keeps_the_address_and_what_is_not_given(client, method):
    made = make_feed(shape="after", block_minutes=60)
    before = client.get(path(made.feed)).json()
    change = {"name": "Home", "options": {"block_minutes": 15}}

    response = getattr(client, method)(path(made.feed), change, content_type="application/json")

    assert response.status_code == 200
    options = before["options"] | {"block_minutes": 15}
    outlook = before["outlook_url"].replace("My+week", "Home")
    assert response.json() == before | {"name": "Home", "options": options, "outlook_url": outlook}
    assert Feed.objects.get().calendar.options.block_minutes == 15
    assert Calendar.objects.count() == 2


def test_rotating_ends_the_old_address_and_forgets_who_came(client):
    make_todo()
    made = make_feed()
    assert client.get(made.url).status_code == 200 or build_calendar(made.feed.calendar_id)

    response = client.post(path(made.feed, "/rotate"))

    assert response.status_code == 200
    assert made.token not in response.json()["url"]
    assert response.json()["health"]["clients"] == []
    assert client.get(made.url).status_code == 404
    assert client.get(response.json()["url"]).status_code == 200


def test_deleting_ends_the_address(client):
    made, other = make_feed(), make_feed()

    response = client.delete(path(made.feed))

    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Length" not in response
    assert list(Feed.objects.all()) == [other.feed]
    assert client.get(made.url).status_code == 404
    assert client.delete(path(made.feed)).status_code == 404


def test_address_that_a_new_secret_key_cannot_make_is_null_until_rotated(client, settings):
    make_todo()
    made = make_feed()
    settings.SECRET_KEY = "another"

    body = client.get(path(made.feed)).json()
    assert [body[name] for name in ("url", "webcal_url", "google_url", "outlook_url")] == [None] * 4
    assert client.get(made.url).status_code == 200, "who has subscribed goes on"

    body = client.post(path(made.feed, "/rotate")).json()
    assert client.get(body["url"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"name": "a\0b"}, ["name"]),
        ({"name": "ok", "token": "mine"}, ["token"]),
        ({"name": "ok", "id": str(uuid.uuid4())}, ["id"]),
        ({"name": "ok", "options": "open"}, ["options"]),
        ({"name": "ok", "options": {"completed": "some"}}, ["options.completed"]),
        ({"name": "ok", "options": {"block_minutes": 0}}, ["options.block_minutes"]),
        ({"name": "ok", "options": {"block_minutes": 10**9}}, ["options.block_minutes"]),
        (
            {"name": "ok", "options": {"alarm_minutes": -5, "colour": 1}},
            ["options.alarm_minutes", "options.colour"],
        ),
    ],
)
def test_bad_values_are_refused_by_name(client, body, fields):
    made = make_feed()
    before = Feed.objects.values().get()

    for response in (post(client, body), put(client, made.feed, body) if body else post(client, body)):
        assert response.status_code == 400
        assert list(response.json()["fields"]) == fields
    assert Feed.objects.values().get() == before


def test_somebody_elses_feed_does_not_exist(client):
    made = make_feed(make_user(), name="Secret")

    answers = [
        client.get(path(made.feed)),
        put(client, made.feed, {"name": "Mine"}),
        put(client, made.feed, {"name": " "}),
        client.post(path(made.feed, "/rotate")),
        client.delete(path(made.feed)),
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, b'{"error":"There is no such feed."}')
    }
    assert client.get(URL).json() == []
    assert Feed.objects.get().name == "Secret"


@pytest.mark.parametrize("method", ["get", "post"])
def test_private_mode_asks_for_a_sign_in(client, settings, method):
    settings.MODE = "private"

    assert getattr(client, method)(URL).status_code == 401
    assert not Feed.objects.exists()


def test_other_methods_are_refused(client):
    made = make_feed()

    assert client.delete(URL).status_code == 405
    assert post(client, {}, path(made.feed)).status_code == 405
    assert client.get(path(made.feed, "/rotate")).status_code == 405


def test_reading_token_gets_no_addresses(client):
    ada = make_user("ada")
    feed = make_feed(ada).feed
    links = ("url", "webcal_url", "google_url", "outlook_url")
    for scope in ("read", "write"):
        bearer = {"Authorization": f"Bearer {create_token(user=ada, name=scope, scope=scope)[1]}"}
        (listed,) = client.get(URL, headers=bearer).json()
        assert client.get(path(feed), headers=bearer).json() == listed
        assert [listed[name] is None for name in links] == [scope == "read"] * 4
        page = client.get(path(feed), headers=bearer | {"Accept": "text/html"}).text
        assert (".ics" in page) == (scope == "write")
