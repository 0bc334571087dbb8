"""`POST /api/v1/todos` with what it must refuse, or keep unchanged."""

import json

import pytest
from django.conf import settings
from django.test import Client

from tests.hostile import BAD_TEXTS, BROKEN_BODIES, JSON, STRANGE_TEXTS, assert_refused
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Todo

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"
READ_ONLY_KEYS = ["id", "created_at", "updated_at", "uid", "list", "owner", "revision", "sequence", "deleted_at"]
UNKNOWN_KEYS = [*READ_ONLY_KEYS, "due", "Title", "title ", "", "__proto__", "\u202etitle", "x" * 200_000]


def send(client: Client, body: bytes, content_type: str = JSON, **headers: str) -> object:
    return client.generic("POST", TODOS, body, content_type=content_type, headers=headers)


@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_broken_body_is_refused(client: Client, body: bytes) -> None:
    assert_refused(send(client, body), 400)
    assert not Todo.objects.exists()


@pytest.mark.parametrize("value", [*BAD_TEXTS.values(), None, "", " ", "\t\n\u3000"])
def test_title_of_another_form_is_named(client: Client, value: object) -> None:
    assert_refused(send(client, json.dumps({"title": value}).encode()), 400, fields=["title"])
    assert not Todo.objects.exists()


@pytest.mark.parametrize("value", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_description_of_another_form_is_named(client: Client, value: object) -> None:
    body = json.dumps({"title": "Milk", "description": value}).encode()
    assert_refused(send(client, body), 400, fields=["description"])
    assert not Todo.objects.exists()


@pytest.mark.parametrize("value", [None, 0, 1, "true", "false", "", [], {}, 1.5])
def test_completed_is_a_boolean(client: Client, value: object) -> None:
    body = json.dumps({"title": "Milk", "completed": value}).encode()
    assert_refused(send(client, body), 400, fields=["completed"])
    assert not Todo.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        None, 0, 1, 5, 9, 10**40, 1.0, True, "", " ", "1", "High", "HIGH", "high ", "h\u0131gh", "urgent", "NONE",
        "!high", "hi\x00gh", ["high"], {"high": 1}, {}, [], "x" * 900_000,
    ],
)  # fmt: skip
def test_priority_is_one_of_four_words(client: Client, value: object) -> None:
    body = json.dumps({"title": "Milk", "priority": value}).encode()
    refusal = assert_refused(send(client, body), 400, fields=["priority"])
    assert refusal["fields"]["priority"] == ["This must be one of none, high, medium, low."]
    assert not Todo.objects.exists()


@pytest.mark.parametrize("key", UNKNOWN_KEYS)
def test_unknown_key_is_named(client: Client, key: str) -> None:
    body = json.dumps({"title": "Milk", key: 1}).encode()
    refusal = send(client, body)
    assert_refused(refusal, 400, fields=[key[:50]])
    assert not Todo.objects.exists()


def test_thousand_unknown_keys_are_not_all_named(client: Client) -> None:
    body = json.dumps({"title": "Milk"} | {f"key {number}": 1 for number in range(10_000)}).encode()
    answer = send(client, body)
    assert answer.status_code == 400
    assert len(answer.content) < 5_000
    assert not Todo.objects.exists()


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_strange_text_comes_back_unchanged(client: Client, text: str) -> None:
    for encoded in (
        json.dumps({"title": text, "description": text}).encode(),
        json.dumps({"title": text, "description": text}, ensure_ascii=False).encode(),
    ):
        answer = send(client, encoded)
        assert answer.status_code == 201, answer.content
        assert (answer.json()["title"], answer.json()["description"]) == (text, text)
    assert [todo["title"] for todo in client.get(TODOS).json()] == [text, text]


@pytest.mark.parametrize("body", [b"", b"{}", b" { } ", b'{"title\\u0000": "Milk"}'])
def test_title_is_needed(client: Client, body: bytes) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert len(answer.json()["fields"]) == 1
    assert not Todo.objects.exists()


def test_lengths_count_characters(client: Client) -> None:
    title, description = "👩" * TITLE_MAX_LENGTH, "ß" * DESCRIPTION_MAX_LENGTH
    answer = send(client, json.dumps({"title": title, "description": description}).encode())
    assert answer.status_code == 201
    assert client.get(f"{TODOS}/{answer.json()['id']}").json() == answer.json()
    for field, text in (("title", title + "x"), ("description", description + "x")):
        body = json.dumps({"title": "Milk", field: text}).encode()
        assert_refused(send(client, body), 400, fields=[field])


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/json",
        "application/xml",
        "application/jsonp",
        "application/*",
        "*/*",
        "json",
        "",
        ";",
        "a/b/c",
        "application/json/../x",
        "application /json",
        "x" * 3000,
    ],
)
def test_body_that_is_not_said_to_be_json_is_refused(client: Client, content_type: str) -> None:
    assert_refused(send(client, b'{"title": "Milk"}', content_type), 415)
    assert not Todo.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-16", "APPLICATION/JSON", "application/json; x=y; z"]
)
def test_json_is_utf8_whatever_the_charset_says(client: Client, content_type: str) -> None:
    answer = send(client, '{"title": "Brød"}'.encode(), content_type)
    assert (answer.status_code, answer.json()["title"]) == (201, "Brød")
    assert_refused(send(client, b"--x\r\n\r\nMilk\r\n--x--", content_type), 400)


def test_body_over_the_limit_is_not_read(client: Client) -> None:
    room = settings.DATA_UPLOAD_MAX_MEMORY_SIZE - len('{"title": "Milk"}')
    assert send(client, b'{"title": "Milk"}' + b" " * room).status_code == 201
    assert_refused(send(client, b'{"title": "Milk"}' + b" " * (room + 1)), 413)
    assert Todo.objects.count() == 1


@pytest.mark.parametrize("length", ["-1", "1.5", "0x10", "ten", "\u0661", "1 1", "9" * 5000])
def test_length_that_is_none_is_refused(client: Client, length: str) -> None:
    answer = client.generic("POST", TODOS, b"{}", content_type=JSON, CONTENT_LENGTH=length)
    assert_refused(answer, 400)


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/xml", "nonsense", "text/calendar", "a/b;q=x"]
)
def test_refusal_is_json_to_whoever_does_not_ask_for_html(client: Client, accept: str) -> None:
    answer = send(client, b"{", Accept=accept)
    assert answer.status_code in {400, 406}
    assert_refused(answer, answer.status_code)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert_refused(client.generic(method, TODOS, b"{}", content_type=JSON), 405)


def test_page_of_another_site_changes_nothing(client: Client) -> None:
    answer = send(client, b'{"title": "Milk"}', **{"Sec-Fetch-Site": "cross-site"})
    assert_refused(answer, 403)
    assert not Todo.objects.exists()
