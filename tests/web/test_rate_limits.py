"""Rate limits that hold across processes, and quotas of lists."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client, RequestFactory
from limits import parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string

from accounts.rate_limit_storage import DatabaseStorage
from calendars.feeds.services import create_feed
from calendars.models import CalendarJob
from tests.factories import PASSWORD, make_list, make_todo, make_user
from tests.hostile import JSON, assert_refused
from todos import undo
from todos.models import Todo
from todos.services import BulkOutcome, BulkResult
from web import rate_limits as limits
from web.rate_limit_storage import MemoryStorage

JOBS, TODOS, BULK = "/api/v1/todos/ical", "/api/v1/todos", "/api/v1/todos/bulk"


@pytest.fixture(params=["memory", "database"])
def store(request: pytest.FixtureRequest, db: None, monkeypatch: pytest.MonkeyPatch) -> Storage:
    store = MemoryStorage() if request.param == "memory" else DatabaseStorage()
    monkeypatch.setattr(limits, "_storage", lambda: store)
    return store


def set_rate(settings: object, **rates: str) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | rates


def test_jobs_beyond_the_rate_are_told_when_to_ask_again(client: Client, store: Storage, settings: object) -> None:
    set_rate(settings, jobs="2/hour")
    assert [client.post(JOBS).status_code for _ in range(2)] == [202, 202]
    refused = client.post(JOBS)
    assert_refused(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert CalendarJob.objects.count() == 2
    other = Client()
    other.force_login(make_user())
    assert other.post(JOBS).status_code == 202
    assert Client(REMOTE_ADDR="192.0.2.9").post(JOBS).status_code == 202
    page = client.post("/exports", {})
    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 3600
    assert "Too many requests" in page.content.decode()


RIGHT = {"username": "ada", "password": PASSWORD}
GUESS = {"username": "ADA", "password": "wrong"}
DOORS = pytest.mark.parametrize("door", ["/accounts/login", "/admin/login/"])


def knock(number: int, door: str, values: dict, client: Client | None = None) -> int:
    """Post from the address with this number, and return the status."""
    return (client or Client()).post(door, values, REMOTE_ADDR=f"192.0.2.{number}").status_code


@DOORS
def test_nobody_locks_anybody_else_out(store: Storage, settings: object, door: str) -> None:
    set_rate(settings, sign_in="3/hour", sign_in_name="20/hour")
    make_user("ada")
    assert [knock(1, door, GUESS) for _ in range(100)] == [200] * 3 + [429] * 97
    assert knock(1, "/accounts/login", RIGHT) == 429
    assert knock(2, "/accounts/login", RIGHT) == 302


@DOORS
def test_guesses_at_a_name_from_many_addresses_are_limited(store: Storage, settings: object, door: str) -> None:
    set_rate(settings, sign_in="3/hour", sign_in_name="5/hour")
    make_user("ada")
    assert [knock(number, door, GUESS) for number in range(7)] == [200] * 5 + [429] * 2
    assert knock(77, "/accounts/login", RIGHT) == 429
    assert knock(77, "/accounts/login", {"username": make_user("bob").username, "password": PASSWORD}) == 302


def test_only_failures_count(store: Storage, settings: object) -> None:
    set_rate(settings, sign_in="2/hour", sign_in_name="2/hour")
    make_user("ada")
    assert [knock(1, "/accounts/login", RIGHT) for _ in range(5)] == [302] * 5
    assert [knock(1, "/accounts/login", GUESS) for _ in range(3)] == [200, 200, 429]


def test_form_that_is_shown_again_counts_once_where_every_post_does(store: Storage, settings: object) -> None:
    set_rate(settings, jobs="3/hour")
    assert [Client().post("/exports", {"completed": "wrong"}).status_code for _ in range(4)] == [422] * 3 + [429]


def test_own_account_does_not_help_to_guess_at_others(store: Storage, settings: object) -> None:
    set_rate(settings, sign_in="2/hour")
    make_user("ada")
    for name in ("eve", "mallory", "trudy"):
        client = Client()
        client.force_login(make_user(name))
        last = [knock(1, "/accounts/login", GUESS, client) for _ in range(2)]
    assert last == [429, 429]


@pytest.mark.parametrize(
    ("page", "values"),
    [
        ("/accounts/password", {"old_password": "wrong"}),
        ("/admin/password_change/", {"old_password": "wrong"}),
        ("/accounts/email", {"email": "eve@example.org", "password": "wrong"}),
        ("/accounts/delete", {"password": "wrong"}),
    ],
)
def test_pages_that_ask_for_the_password_are_limited(
    store: Storage, settings: object, admin_client: Client, page: str, values: dict
) -> None:
    set_rate(settings, sign_in="2/hour")
    statuses = [knock(number, page, values, admin_client) for number in range(3)]
    assert statuses[0] == statuses[1] != statuses[2] == 429


@DOORS
def test_a_name_is_one_however_it_is_written(store: Storage, settings: object, door: str) -> None:
    set_rate(settings, sign_in_name="2/hour")
    make_user("ada")
    for number, name in enumerate(["ａｄａ", " ada\u00a0"]):
        assert knock(number, door, GUESS | {"username": name}) == 200
    for either in ("/accounts/login", "/admin/login/"):
        assert knock(77, either, RIGHT) == 429


@pytest.mark.parametrize("name", ["\0", "x" * 10_000, "\ud800", ""])
def test_no_name_evades_the_limit(store: Storage, settings: object, name: str) -> None:
    set_rate(settings, sign_in="1/hour", password_reset="1/hour")
    name = name.encode("utf-8", "surrogatepass").decode("latin-1")
    for address, field in (("/accounts/login", "username"), ("/accounts/password/forgotten", "email")):
        statuses = [Client().post(address, {field: name, "password": "x"}).status_code for _ in range(2)]
        assert statuses == [200, 429]


def test_feed_misses_are_limited_and_feeds_are_not(client: Client, store: Storage, settings: object) -> None:
    set_rate(settings, feed_misses="1/hour")
    assert [client.get("/calendars/guess.ics").status_code for _ in range(3)] == [404, 429, 429]


def test_window_ends(store: Storage) -> None:
    assert [store.incr("key", -1), store.incr("key", -1)] == [1, 1] or store.get("key") == 0
    assert [store.incr("other", 60), store.incr("other", 60), store.get("other")] == [1, 2, 2]
    store.clear("other")
    assert store.get("other") == 0
    store.incr("other", 60)
    store.reset()
    assert store.get("other") == 0


@pytest.mark.parametrize("kind", [MemoryStorage, DatabaseStorage])
def test_store_is_bounded(kind: type, db: None) -> None:
    store = kind(max_keys=50)
    for number in range(1_000):
        store.incr(f"key {number}", 60)
        store.incr("busy", 60)
    assert len(store) <= 50 + store.TRIM_EVERY
    assert store.get("key 0") == 0
    assert (store.get("key 999"), store.get("busy")) == (1, 1_000)


def test_keys_in_memory_end_with_their_window() -> None:
    store = MemoryStorage()
    for number in range(100):
        store.incr(f"key {number}", 0)
    store.incr("last", 60)
    assert len(store) == 1


@pytest.mark.django_db(transaction=True)
def test_database_loses_no_count_of_several_at_once() -> None:
    store, barrier = DatabaseStorage(), threading.Barrier(4)

    def count() -> None:
        barrier.wait()
        for _ in range(5):
            store.incr("key", 60)
        connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("key") == 20


def test_store_that_is_away_refuses_nobody(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    away = storage_from_string("redis://127.0.0.1:1/0", wrap_exceptions=True)
    with pytest.raises(StorageError):
        away.incr("key", 1)
    monkeypatch.setattr(limits, "_storage", lambda: away)
    assert client.post(JOBS).status_code == 202


def test_rate_that_is_off_counts_nothing(client: Client, db: None, settings: object) -> None:
    set_rate(settings, jobs=None)
    assert client.post(JOBS).status_code == 202


def test_store_is_shared_wherever_processes_are_several() -> None:
    limits._storage.cache_clear()
    kind = type(limits._storage()).__name__
    limits._storage.cache_clear()
    broker = django_settings.BROKER_URL
    assert kind == ("MemoryStorage" if not broker else "RedisStorage" if "redis" in broker else "DatabaseStorage")


def test_an_ipv6_network_is_one_caller() -> None:
    def of(ip: str) -> str:
        return limits.address_of(RequestFactory().get("/", REMOTE_ADDR=ip))

    assert of("2001:db8::1") == of("2001:db8::ffff:1") != of("2001:db8:0:1::1")
    assert of("192.0.2.1") != of("192.0.2.2")
    assert of("") == "unknown"


@pytest.mark.parametrize("rate", ["10/minute", "100 per 2 hours"])
def test_rates_are_read(rate: str) -> None:
    assert parse(rate).amount in {10, 100}


def test_full_list_takes_no_more_todos(client: Client, db: None, settings: object) -> None:
    settings.MAX_TODOS = 1
    todo = make_todo()
    answer = client.post(TODOS, {"title": "One more"}, JSON)
    assert_refused(answer, 409)
    assert "1 todos already" in answer.json()["error"]
    page = client.post("/todos/new", {"title": "One more"})
    assert page.status_code in {404, 409}  # by whichever address the page has
    assert list(Todo.objects.all()) == [todo]
    client.delete(f"{TODOS}/{todo.pk}")
    assert client.post(TODOS, {"title": "In its place"}, JSON).status_code == 201


def undo_token(ids: list[int]) -> str:
    """What undoes their deletion."""
    changes = {"deleted_at": (None, datetime.now(UTC))}
    return undo.offer(make_list(), [BulkResult(pk, BulkOutcome.DONE, changes=changes) for pk in ids])


@pytest.mark.parametrize(
    "restore",
    [
        lambda client, ids: client.post(f"{TODOS}/{ids[0]}/restore"),
        lambda client, ids: client.post(f"/todos/{ids[0]}/restore"),
        lambda client, ids: client.post(BULK, {"items": [{"id": pk, "action": "restore"} for pk in ids]}, JSON),
        lambda client, ids: client.post("/todos/undo", {"token": undo_token(ids)}),
    ],
    ids=["one", "one-on-its-page", "many", "undo"],
)
def test_full_list_takes_nothing_back(client: Client, db: None, settings: object, restore: Callable) -> None:
    settings.MAX_TODOS = 2
    ids = [make_todo().pk, make_todo().pk]
    client.post("/todos/change", {"action": "delete", "todo": ids})
    instead = [make_todo("In their place"), make_todo("too")]
    revision = make_list().revision
    assert restore(client, ids).status_code == 409
    assert list(Todo.objects.visible().order_by("id")) == instead
    assert make_list().revision == revision


def test_full_list_takes_one_back_for_another(client: Client, db: None, settings: object) -> None:
    settings.MAX_TODOS = 1
    gone = make_todo()
    client.delete(f"{TODOS}/{gone.pk}")
    swap = [{"id": gone.pk, "action": "restore"}, {"id": make_todo("In its place").pk, "action": "delete"}]
    assert client.post(BULK, {"items": swap}, JSON).status_code == 200
    assert list(Todo.objects.visible()) == [gone]


def test_full_list_takes_no_more_jobs_and_feeds(client: Client, db: None, settings: object) -> None:
    settings.MAX_WAITING_JOBS = settings.MAX_FEEDS = 1
    make_todo()
    assert client.post(JOBS).status_code == 202
    assert_refused(client.post(f"{JOBS}?completed=true"), 409)  # of whichever options, there are too many
    assert CalendarJob.objects.count() == 1
    create_feed(todo_list=make_list(), name="first")
    assert_refused(client.post("/api/v1/feeds", {"name": "second"}, JSON), 409)
