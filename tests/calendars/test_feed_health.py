"""What is known of those who fetch a feed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendars.builds import build as builds
from calendars.feeds import access_log
from calendars.feeds.access_log import feed_health
from calendars.feeds.clients import HABITS
from calendars.feeds.services import list_feeds
from calendars.models import CalendarFile, Feed
from tests.factories import make_feed, make_list, make_todo

pytestmark = pytest.mark.django_db
AGENTS = {"google": "Google-Calendar-Importer", "apple": "iOS/17.4 dataaccessd/1.0", "other": "curl/8.5"}


@pytest.fixture(autouse=True)
def forget():
    access_log._pending.clear()


def fetch(client, made, name, **headers):
    return client.get(made.url, headers={"User-Agent": AGENTS[name]} | headers)


def health():
    return feed_health(list_feeds(todo_list=make_list())[0])


def let_a_minute_pass():
    Feed.objects.update(last_fetched_at=datetime.now(UTC) - timedelta(minutes=1))


def test_fetch_is_known_by_client_answer_and_what_it_held(client):
    make_todo("Early", "2026-03-01")
    make_todo("Late", "2026-12-31T23:59:59")
    made = make_feed()

    fetch(client, made, "google")

    size = CalendarFile.objects.get().size  # but for the name of the feed
    known = client.get(f"/api/v1/feeds/{made.feed.pk}").json()["health"]
    assert known == {
        "events": 2,
        "bytes": size,
        "first_deadline": "2026-03-01T00:00:00",
        "last_deadline": "2026-12-31T23:59:59",
        "set_aside": [],
        "warning": None,
        "clients": [
            {
                "client": "google",
                "habits": "Syncs every 4 to 24 hours; this cannot be changed.",
                "at": Feed.objects.get().last_fetched_at.strftime("%Y-%m-%dT%H:%M:%S"),
                "status": 200,
                "is_stale": False,
                "answer": "the file",
                "events": 2,
                "bytes": size,
                "first_deadline": "2026-03-01T00:00:00",
                "last_deadline": "2026-12-31T23:59:59",
            }
        ],
    }


def test_every_answer_is_told_apart(client, monkeypatch):
    make_todo()
    made = make_feed()
    etag = fetch(client, made, "google")["ETag"]
    seen = [health().clients[0].fetch.answer]
    let_a_minute_pass()
    fetch(client, made, "google", **{"If-None-Match": etag})
    seen.append(health().clients[0].fetch.answer)
    let_a_minute_pass()
    make_todo("Newer")
    monkeypatch.setattr(builds, "_render", None)
    fetch(client, made, "google")
    seen.append(health().clients[0].fetch.answer)
    CalendarFile.objects.all().delete()
    let_a_minute_pass()
    fetch(client, made, "google")
    seen.append(health().clients[0].fetch.answer)

    assert seen == ["the file", "nothing new", "the last good file: a newer one could not be made", "not ready"]


def test_a_minute_has_one_write_however_many_come(client):
    make_todo()
    made = make_feed()
    fetch(client, made, "google")

    with CaptureQueriesContext(connection) as queries:
        for name in ("google", "apple", "other") * 10:
            fetch(client, made, name)

    assert not [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert set(Feed.objects.get().clients) == {"google"}


def test_who_came_within_that_minute_is_written_down_with_the_next(client):
    make_todo()
    made = make_feed()
    for name in ("other", "google", "other"):
        fetch(client, made, name)
    let_a_minute_pass()

    fetch(client, made, "apple")

    assert [known.client for known in health().clients] and set(Feed.objects.get().clients) == set(AGENTS)
    assert access_log._pending == {}


def test_write_does_not_undo_what_another_process_wrote(client):
    make_todo()
    made = make_feed()
    fetch(client, made, "google")
    let_a_minute_pass()
    stale = Feed.objects.get()
    fetch(client, made, "apple")

    access_log.record_fetch(stale, "other", status=200, file=None)

    assert set(Feed.objects.get().clients) == {"google", "apple"}


def test_fetch_of_an_address_that_was_rotated_meanwhile_is_not_the_new_ones(client):
    made = make_feed()
    client.post(f"/api/v1/feeds/{made.feed.pk}/rotate")

    access_log.record_fetch(made.feed, "google", status=200, file=None)

    assert Feed.objects.get().clients == {}


def test_wrong_token_is_nobodys_fetch(client):
    make_feed()
    client.get("/calendars/wrong.ics")

    assert health().clients == []


def test_what_is_pending_is_bounded(monkeypatch):
    monkeypatch.setattr(access_log, "MAX_PENDING_FEEDS", 3)
    made = make_feed()
    Feed.objects.update(last_fetched_at=datetime.now(UTC))
    for number in range(5):
        made.feed.pk = number
        access_log.record_fetch(made.feed, "google", status=200, file=None)

    assert list(access_log._pending) == [2, 3, 4]


@pytest.mark.parametrize(("size", "is_warned"), [(899_999, False), (900_000, True)])
def test_large_feed_comes_with_a_warning(client, size, is_warned):
    made = make_feed()
    fetch(client, made, "google")
    CalendarFile.objects.update(size=size)

    warning = client.get(f"/api/v1/feeds/{made.feed.pk}").json()["health"]["warning"]
    assert (warning is not None) == is_warned
    assert not is_warned or warning.startswith("The file has 900 kB.")


def test_todo_that_is_left_out_is_named_to_its_owner(client):
    made = make_feed()
    fetch(client, made, "google")
    left_out = {"uid": str(made.feed.pk), "title": "Odd", "reason": "This cannot be written."}
    CalendarFile.objects.update(skipped=[left_out])

    assert client.get(f"/api/v1/feeds/{made.feed.pk}").json()["health"]["set_aside"] == [left_out]


def test_latest_client_comes_first(client):
    made = make_feed()
    then = {"at": "2026-01-01T00:00:00", "status": 200, "is_stale": False}
    Feed.objects.update(clients={"google": then, "apple": then | {"at": "2026-01-02T00:00:00"}})

    assert [known.habits for known in health().clients] == [HABITS["apple"], HABITS["google"]]
    assert made.feed.name == "My week"
