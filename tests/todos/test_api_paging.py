"""`GET /api/v1/todos` of a long list: parts, order, search and deadlines from and to."""

import re

import pytest
from django.test import Client

from tests.factories import make_list, make_todo
from tests.hostile import assert_refused

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


def titles(client: Client, query: str) -> list[str]:
    answer = client.get(f"{TODOS}?{query}")
    assert answer.status_code == 200, answer.content
    return [todo["title"] for todo in answer.json()]


def links(answer: object) -> dict[str, str]:
    return {
        name: url for url, name in re.findall(r'<http://testserver([^>]*)>; rel="(\w+)"', answer.headers["Link"])
    }


@pytest.fixture
def seven(db: None) -> None:
    for number in range(7):
        make_todo(f"todo {number}")


def test_part_of_a_list_is_a_plain_array_with_links(client: Client, seven: None) -> None:
    answer = client.get(f"{TODOS}?completed=false&limit=3&offset=2")
    assert [todo["title"] for todo in answer.json()] == ["todo 2", "todo 3", "todo 4"]
    assert answer.headers["X-Total-Count"] == "7"
    assert links(answer) == {
        "first": f"{TODOS}?completed=false&limit=3&offset=0",
        "prev": f"{TODOS}?completed=false&limit=3&offset=0",
        "next": f"{TODOS}?completed=false&limit=3&offset=5",
        "last": f"{TODOS}?completed=false&limit=3&offset=6",
    }


def test_following_next_meets_every_todo_once(client: Client, seven: None) -> None:
    url, met = f"{TODOS}?limit=2", []
    while url:
        answer = client.get(url)
        met += [todo["title"] for todo in answer.json()]
        url = links(answer).get("next")
    assert met == [f"todo {number}" for number in range(7)]


@pytest.mark.parametrize(
    ("query", "length", "names"),
    [
        ("limit=7", 7, {"first", "last"}),
        ("offset=0", 7, {"first", "last"}),
        ("limit=1000&offset=7", 0, {"first", "last", "prev"}),
        ("offset=999999999", 0, {"first", "last", "prev"}),
    ],
)
def test_ends_of_a_list(client: Client, seven: None, query: str, length: int, names: set[str]) -> None:
    answer = client.get(f"{TODOS}?{query}")
    assert (len(answer.json()), answer.headers["X-Total-Count"], set(links(answer))) == (length, "7", names)


def test_whole_list_needs_no_count(client: Client, seven: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2):
        answer = client.get(TODOS)
    assert len(answer.json()) == 7
    assert "Link" not in answer.headers


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("id", ["b", "C", "a"]),
        ("-id", ["a", "C", "b"]),
        ("title", ["C", "a", "b"]),
        ("-created_at", ["a", "C", "b"]),
        ("updated_at", ["b", "C", "a"]),
        ("completed", ["b", "a", "C"]),
        ("deadline_at", ["a", "b", "C"]),
        ("-deadline_at", ["b", "a", "C"]),
    ],
)
def test_ordering(client: Client, ordering: str, expected: list[str]) -> None:
    make_todo("b", "2026-06-01T12:00:00")
    make_todo("C", None, completed=True)
    make_todo("a", "2026-06-01")
    assert titles(client, f"ordering={ordering}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ordering=priority", ["high", "also high", "medium", "low", "none"]),
        ("ordering=-priority", ["none", "low", "medium", "high", "also high"]),
        ("ordering=priority&limit=2&offset=1", ["also high", "medium"]),
        ("ordering=priority&priority=low,medium", ["medium", "low"]),
    ],
)
def test_order_of_priorities_begins_with_high(client: Client, query: str, expected: list[str]) -> None:
    for title, priority in [("low", 9), ("none", 0), ("high", 1), ("medium", 5), ("also high", 1)]:
        make_todo(title, priority=priority)
    assert titles(client, query) == expected


def test_deadlines_are_ordered_by_the_lists_clock(client: Client) -> None:
    todo_list = make_list()
    type(todo_list).objects.update(time_zone="Pacific/Kiritimati")  # UTC+14
    make_todo("at 10:00 here", "2026-06-02T10:00:00")  # 2026-06-01T20:00Z
    make_todo("an instant after", "2026-06-01T20:00:01Z")
    make_todo("an instant before", "2026-06-01T19:59:59Z")
    make_todo("the day", "2026-06-02")  # from 2026-06-01T10:00Z
    expected = ["the day", "an instant before", "at 10:00 here", "an instant after"]
    assert titles(client, "ordering=deadline_at") == expected
    assert titles(client, "ordering=-deadline_at&limit=2&offset=1") == expected[::-1][1:3]
    assert titles(client, "ordering=deadline_at&due_after=2026-06-02T10:00:00") == expected[2:]
    assert titles(client, "ordering=deadline_at&due_before=2026-06-01T20:00:00Z") == expected[:2]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("milk", ["Buy Milk", "x"]),
        ("MILK buy", ["Buy Milk"]),
        ("100%25", ["100%"]),
        ("_", ["a_b"]),
        ("%5C", ["back\\slash"]),
        ("'%22;--", []),
        ("%F0%9F%A5%9B", ["\U0001f95b"]),
        ("", ["Buy Milk", "x", "100%", "a_b", "back\\slash", "\U0001f95b"]),
    ],
)
def test_search_finds_every_word_literally(client: Client, search: str, expected: list[str]) -> None:
    make_todo("Buy Milk")
    make_todo("x", description="more milk")
    for title in ("100%", "a_b", "back\\slash", "\U0001f95b"):
        make_todo(title)
    assert titles(client, f"search={search}") == expected


def test_due_after_and_before_are_half_open(client: Client) -> None:
    for day in range(1, 6):
        make_todo(f"day {day}", f"2026-06-0{day}")
    make_todo("none", None)
    assert titles(client, "due_after=2026-06-02&due_before=2026-06-04") == ["day 2", "day 3"]
    assert titles(client, "due_before=2026-06-02T00:00:00Z") == ["day 1"]
    assert titles(client, "due_after=2026-06-04T00:00:01") == ["day 5"]
    assert titles(client, "due_after=1000-01-01&due_before=9998-12-31T23:59:59%2B14:00") == [
        f"day {day}" for day in range(1, 6)
    ]


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e2", "all", "%D9%A1", "9" * 30, "1%00", "+1", " 1"])
def test_part_is_named_by_whole_numbers(client: Client, name: str, value: str) -> None:
    assert_refused(client.get(f"{TODOS}?{name}={value}"), 400, fields=[name])


@pytest.mark.parametrize("value", ["0", "1001"])
def test_limit_has_bounds(client: Client, value: str) -> None:
    assert_refused(client.get(f"{TODOS}?limit={value}"), 400, fields=["limit"])


@pytest.mark.parametrize("value", ["", "owner", "owner__password", "?", "--id", "id,title", "revision", "%00"])
def test_ordering_is_one_of_a_few(client: Client, value: str) -> None:
    assert_refused(client.get(f"{TODOS}?ordering={value}"), 400, fields=["ordering"])


@pytest.mark.parametrize("value", ["%00", "a%00b", "x" * 256])
def test_search_is_text_of_some_length(client: Client, value: str) -> None:
    assert_refused(client.get(f"{TODOS}?search={value}"), 400, fields=["search"])


@pytest.mark.parametrize("name", ["due_after", "due_before"])
@pytest.mark.parametrize("value", ["", "tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "2026-01-01%00", "7"])
def test_due_is_a_deadline(client: Client, name: str, value: str) -> None:
    assert_refused(client.get(f"{TODOS}?{name}={value}"), 400, fields=[name])
