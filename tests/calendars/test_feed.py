"""/calendars/{token}.ics, as calendar apps ask for it."""

import gzip
import hashlib

import pytest

from calendars.builds import build as builds
from calendars.builds.build import build_calendar, snapshot
from calendars.feeds import refresh as freshness
from calendars.feeds.services import change_feed
from calendars.ical import content_lines as lines
from calendars.ical import renderer as ical
from calendars.ical.renderer import render_calendar
from calendars.models import Calendar, CalendarFile
from database.clock import now_ms
from tests.factories import make_feed, make_list, make_todo, make_user
from todos.services import delete_todo, restore_todo, update_list, update_todo

pytestmark = pytest.mark.django_db
STATIC_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding", "X-Robots-Tag": "noindex"}


@pytest.fixture
def url():
    make_todo("Essay")
    return make_feed().url


def told_by(response):
    """All that the client sees of an answer, but for the name of its request."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return response.status_code, response.content, headers


def headers_of(response, names=("ETag", *STATIC_HEADERS)):
    return {name: response.get(name) for name in names}


def test_answers_with_the_file_and_what_apps_need_to_know(client, url):
    response = client.get(url)

    file = CalendarFile.objects.get()
    body = bytes(file.body).replace(b"NAME:Todos\r\n", b"NAME:My week\r\n")
    assert response.status_code == 200
    assert b"SUMMARY:Essay\r\n" in body
    assert response.content == body
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Length"] == str(len(body))
    etag = hashlib.sha256(f"{file.digest} My week".encode()).hexdigest()
    assert headers_of(response) == STATIC_HEADERS | {"ETag": f'W/"{etag}"'}
    assert not {"Content-Disposition", "Last-Modified", "Set-Cookie", "X-Calendar-Stale"} & set(response.headers)


def test_poll_that_finds_nothing_new_costs_one_read(client, url, django_assert_num_queries):
    etag = client.get(url)["ETag"]

    with django_assert_num_queries(1):
        response = client.get(url, headers={"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")
    assert not {"Content-Length", "Content-Type"} & set(response.headers)
    assert headers_of(response) == STATIC_HEADERS | {"ETag": etag}


def test_full_answer_of_a_file_that_was_sent_before_costs_one_read(client, url, django_assert_num_queries):
    client.get(url)

    with django_assert_num_queries(1):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{etag}", 304),
        ("{strong}", 304),
        ('"other", {etag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("garbage", 200),
        ('W/"', 200),
    ],
)
def test_conditions_are_compared_weakly(client, url, condition, status):
    etag = client.get(url)["ETag"]

    condition = condition.format(etag=etag, strong=etag.removeprefix("W/"))
    assert client.get(url, headers={"If-None-Match": condition}).status_code == status


def test_date_alone_never_makes_a_304(client, url):
    client.get(url)

    assert client.get(url, headers={"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"}).status_code == 200


def test_every_change_that_shows_changes_the_etag_and_the_way_back_is_a_new_one(client, url, monkeypatch):
    made = make_todo("Report", completed=False)
    etags = [client.get(url)["ETag"]]

    def changed(change, **values):
        change(todo_list=make_list(), **values)
        etags.append(client.get(url)["ETag"])

    changed(update_todo, todo_id=made.pk, changes={"title": "Paper"})
    changed(update_todo, todo_id=made.pk, changes={"title": "Report"})
    changed(update_todo, todo_id=made.pk, changes={"completed": True})
    changed(update_todo, todo_id=made.pk, changes={"completed": False})
    changed(delete_todo, todo_id=made.pk)
    changed(restore_todo, todo_id=made.pk)
    # Only without the todo are the bytes ever the same again.
    assert len(set(etags)) == len(etags) - 1
    assert etags[3] == etags[5]


def test_new_renderer_makes_the_file_anew(client, url, monkeypatch):
    client.get(url)
    monkeypatch.setattr(ical, "RENDERER_VERSION", ical.RENDERER_VERSION + 1)

    assert client.get(url).status_code == 200
    assert CalendarFile.objects.count() == 2


def test_rename_of_the_list_is_a_change(client, url):
    client.get(url)
    update_list(todo_list=make_list(), changes={"name": "Renamed"})

    client.get(url)
    assert Calendar.objects.get().current_revision == make_list().revision


def test_options_decide_what_is_shown(client):
    make_todo("Still open")
    make_todo("Done", completed=True)

    shown = {name: client.get(make_feed(completed=name).url).content for name in ("all", "open", "done")}

    assert {name: (b"Still open" in body, b"Done" in body) for name, body in shown.items()} == {
        "all": (True, True),
        "open": (True, False),
        "done": (False, True),
    }


def named_in(body: bytes) -> list[bytes]:
    """The calendar's names in a file, unfolded."""
    lines = body.replace(b"\r\n ", b"").split(b"\r\n")
    return [line.partition(b":")[2] for line in lines if line.startswith((b"NAME:", b"X-WR-CALNAME:"))]


NAMES = [
    "Work",
    "Todos",
    "Caf\u00e9 \U0001f5d3",
    "a, b; c\\d",
    "x" * 100,
    "\u00fc" * 100,
    "X-PUBLISHED-TTL:PT15M",
    "\x01",
]


@pytest.mark.parametrize("name", NAMES)
def test_calendar_carries_the_name_of_its_feed(client, name):
    make_todo("Essay")
    feed = make_feed(name=name)
    shown = lines.cleaned(name)

    body = client.get(feed.url).content

    expected = [lines.text("NAME", shown)[0].removeprefix("NAME:").encode()] * 2 if shown else []
    assert named_in(body) == expected
    alike = render_calendar(name, snapshot(make_list().pk, since=0).changed, feed.feed.calendar.options).body
    assert body == alike
    assert gzip.decompress(client.get(feed.url, headers={"Accept-Encoding": "gzip"}).content) == body


def test_feeds_of_one_calendar_differ_in_their_names_alone(client):
    make_todo("Essay")
    phone, work = make_feed(name="Phone"), make_feed(name="Work")
    answers = [
        client.get(feed.url, headers={"Accept-Encoding": encoding})
        for encoding in ("identity", "gzip")
        for feed in (phone, work)
    ]

    bodies = [
        gzip.decompress(answer.content) if "Content-Encoding" in answer else answer.content for answer in answers
    ]
    assert Calendar.objects.count() == CalendarFile.objects.count() == 1
    assert [named_in(body) for body in bodies] == [[b"Phone"] * 2, [b"Work"] * 2] * 2
    assert bodies[0].replace(b"Phone", b"Work") == bodies[1]
    assert len({answer["ETag"] for answer in answers}) == 2
    assert [answer["Content-Length"] for answer in answers] == [str(len(answer.content)) for answer in answers]


def test_rename_of_a_feed_changes_its_etag_and_builds_nothing(client, django_assert_num_queries):
    make_todo("Essay")
    made = make_feed(name="Phone")
    before = client.get(made.url)
    change_feed(todo_list=make_list(), feed_id=made.feed.pk, name="Laptop")

    with django_assert_num_queries(1):  # the file is the same, and in memory
        after = client.get(made.url, headers={"If-None-Match": before["ETag"]})

    assert (after.status_code, named_in(after.content)) == (200, [b"Laptop"] * 2)
    assert CalendarFile.objects.count() == 1
    assert client.get(made.url, headers={"If-None-Match": after["ETag"]}).status_code == 304
    change_feed(todo_list=make_list(), feed_id=made.feed.pk, name="Phone")
    assert client.get(made.url)["ETag"] == before["ETag"]


def test_file_of_a_job_carries_the_name_of_the_list(client):
    make_todo("Essay")
    client.get(make_feed(name="Phone", completed="all").url)

    asked = client.post("/api/v1/todos/ical").json()

    assert named_in(client.get(client.get(asked["task_url"]).json()["result_url"]).content) == [b"Todos"] * 2


def test_name_is_right_in_a_file_of_another_renderer_that_cannot_be_built(client, monkeypatch):
    make_todo("Essay")
    made = make_feed(name="Phone")
    client.get(made.url)
    event = b"BEGIN:VEVENT\r\nNAME:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    CalendarFile.objects.update(
        body=b"BEGIN:VCALENDAR\r\nX-WR-CALNAME:Todos\r\nVERSION:2.0\r\n" + event, digest="other", renderer=1
    )
    break_rendering(monkeypatch)

    body = client.get(made.url).content

    assert body.endswith(event)
    assert named_in(body.removesuffix(event)) == [b"Phone"] * 2


def test_gzip_form_is_the_same_bytes_made_once(client, url, django_assert_num_queries):
    plain = client.get(url)

    first = client.get(url, headers={"Accept-Encoding": "br, gzip"})
    with django_assert_num_queries(1):
        second = client.get(url, headers={"Accept-Encoding": "gzip"})

    assert first["Content-Encoding"] == "gzip"
    assert first["Content-Length"] == str(len(first.content))
    assert gzip.decompress(first.content) == plain.content
    assert second.content == first.content
    assert headers_of(first) == headers_of(plain)
    assert first.content[4:8] == b"\0\0\0\0", "no time of making"


@pytest.mark.parametrize(
    ("accepted", "is_gzip"),
    [
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("deflate, gzip ; q=1.0", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("x-gzipped", False),
        ("", False),
        (";;,q=,", False),
    ],
)
def test_gzip_is_for_those_who_take_it(client, url, accepted, is_gzip):
    assert client.get(url, headers={"Accept-Encoding": accepted}).has_header("Content-Encoding") == is_gzip


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_has_the_headers_of_get(client, url, encoding):
    got = client.get(url, headers={"Accept-Encoding": encoding})
    head = client.head(url, headers={"Accept-Encoding": encoding})

    status, _, headers = told_by(got)
    assert told_by(head) == (status, b"", headers)
    assert client.head(url, headers={"If-None-Match": got["ETag"]}).status_code == 304


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_other_methods_are_refused_alike_for_every_address(client, url, method):
    answers = [getattr(client, method)(address) for address in (url, "/calendars/wrong.ics")]

    assert answers[0].status_code == 405
    assert told_by(answers[0]) == told_by(answers[1])


WRONG = {
    "unknown": "A" * 43,
    "short": "A",
    "nothing": "",
    "too long": "A" * 3000,
    "not ascii": "ü" * 43,
    "emoji": "🗓",
    "not utf-8": "%FF%FE",
    "nul": "%00",
    "line break": "%0A%0D",
    "slash": "A/B",
    "dots": "..%2F..%2Fetc%2Fpasswd",
    "quote": "'--",
    "space": "%20",
    "hash": "0" * 64,
}


@pytest.mark.parametrize("token", WRONG.values(), ids=WRONG)
def test_wrong_tokens_of_whatever_form_are_one_and_the_same_404(client, url, token, django_assert_num_queries):
    expected = client.get(f"/calendars/{'B' * 43}.ics")

    with django_assert_num_queries(1):
        response = client.get(f"/calendars/{token}.ics")

    assert (response.status_code, response.content) == (404, b"There is no calendar at this address.\n")
    assert told_by(response) == told_by(expected)
    assert response["X-Robots-Tag"] == "noindex"


def test_address_is_the_whole_token(client, url):
    for address in (url[:-5], url.replace(".ics", "A.ics"), url.replace(".ics", ".ics.ics"), url.swapcase()):
        assert client.get(address).status_code == 404, address


def test_hash_of_a_token_opens_nothing(client):
    assert client.get(f"/calendars/{make_feed().feed.token_hash}.ics").status_code == 404


def test_private_mode_serves_users_feeds_and_not_the_open_lists(client, settings, url):
    make_todo("Hers", user=(user := make_user()))
    hers = make_feed(user).url
    settings.MODE = "private"

    assert b"SUMMARY:Hers" in client.get(hers).content
    refused = client.get(url)
    wrong = client.get("/calendars/wrong.ics")
    assert refused.status_code == 404
    assert told_by(refused) == told_by(wrong)


def test_session_of_a_browser_is_never_looked_at(client, settings, django_assert_num_queries):
    settings.MODE = "private"
    make_todo(user=(user := make_user()))
    url = make_feed(user).url
    client.force_login(user)
    etag = client.get(url)["ETag"]

    with django_assert_num_queries(1):
        response = client.get(url, headers={"If-None-Match": etag})
    assert (response.status_code, response["Vary"]) == (304, "Accept-Encoding")


def test_feed_of_a_deleted_list_is_gone(client, url):
    make_list().delete()

    assert client.get(url).status_code == 404


def break_rendering(monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(builds, "_render", fail)


def test_last_good_file_is_served_when_assembling_fails(client, url, monkeypatch):
    good = client.get(url)
    make_todo("Newer")
    break_rendering(monkeypatch)

    for _ in range(builds.MAX_ATTEMPTS + 2):
        response = client.get(url)
        assert (response.status_code, response.content) == (200, good.content)
        assert response["X-Calendar-Stale"] == "1"
        assert headers_of(response) == headers_of(good)
        known = client.get(url, headers={"If-None-Match": good["ETag"]})
        assert (known.status_code, known["X-Calendar-Stale"]) == (304, "1")
        Calendar.objects.update(lease_until_ms=now_ms())

    monkeypatch.undo()
    Calendar.objects.update(lease_until_ms=now_ms())
    response = client.get(url)
    assert b"Newer" in response.content
    assert "X-Calendar-Stale" not in response


def test_feed_that_rests_after_a_failure_is_not_built_at_every_request(client, url, monkeypatch):
    client.get(url)
    make_todo("Newer")
    break_rendering(monkeypatch)
    client.get(url)

    for _ in range(5):
        client.get(url)
    assert Calendar.objects.get().attempts == 1


def test_without_any_good_file_the_answer_is_to_come_again(client, url, monkeypatch):
    break_rendering(monkeypatch)

    response = client.get(url)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Cache-Control"] == "no-store"


def test_file_that_somebody_else_is_building_is_waited_for_so_long_and_no_longer(client, url, monkeypatch):
    monkeypatch.setattr(freshness, "WAIT_SECONDS", 0.2)
    calendar = Calendar.objects.get()
    builds.claim(calendar.pk)

    assert client.get(url).status_code == 503
    assert Calendar.objects.get().attempts == 1, "nobody else began"


def test_change_after_the_request_came_does_not_keep_it_waiting(client, url, monkeypatch):
    render = builds._render

    def change_meanwhile(calendar):
        rendered = render(calendar)
        make_todo("Later")
        return rendered

    monkeypatch.setattr(builds, "_render", change_meanwhile)

    first = client.get(url)
    assert first.status_code == 200
    assert b"Later" not in first.content
    assert Calendar.objects.get().attempts == 0


def test_build_in_a_request_finishes_the_jobs_that_wait(client, url):
    asked = client.post("/api/v1/todos/ical?completed=false").json()

    client.get(url)

    assert client.get(asked["task_url"]).json()["task_status"] == "SUCCESS"
    assert build_calendar(Calendar.objects.get().pk)


def test_feed_of_a_disabled_user_answers_like_an_unknown_address(client):
    ada = make_user("ada")
    make_todo("Essay", user=ada)
    feed = make_feed(ada)
    etag = client.get(feed.url)["ETag"]

    ada.is_active = False
    ada.save()

    unknown = told_by(client.get(f"/calendars/{'x' * 43}.ics"))
    assert told_by(client.get(feed.url)) == unknown
    assert told_by(client.get(feed.url, headers={"If-None-Match": etag})) == unknown
    ada.is_active = True
    ada.save()
    assert client.get(feed.url)["ETag"] == etag
