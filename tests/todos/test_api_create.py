import pytest

from tests.factories import make_list
from todos.models import Todo

pytestmark = pytest.mark.django_db
URL = "/api/v1/todos"


def post(client, body, **kwargs):
    return client.post(URL, body, content_type="application/json", **kwargs)


def test_create_stores_the_todo_and_answers_with_it(client):
    body = {"title": "Essay", "description": "", "completed": True, "deadline_at": "2026-02-27T18:00:00+10:00"}

    response = post(client, body)

    assert response.status_code == 201
    assert response.json() == client.get(f"{URL}/{response.json()['id']}").json()
    assert response.headers["Location"] == f"http://testserver{URL}/{response.json()['id']}"
    assert response.json() | body | {"deadline_at": "2026-02-27T08:00:00Z"} == response.json()
    assert make_list().revision == 1


def test_create_needs_nothing_but_a_title(client):
    created = post(client, {"title": " Essay 🎓 ‮ "}).json()

    assert created["title"] == " Essay 🎓 ‮ "
    assert (created["description"], created["completed"], created["deadline_at"]) == (None, False, None)
    assert created["priority"] == "none"


def test_published_client_sends_a_wall_clock_time(client):
    assert post(client, {"title": "x", "deadline_at": "2026-11-20 04:30:00.000"}).json()["deadline_at"] == (
        "2026-11-20T04:30:00"
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"), ({"title": None}, "title"), ({"title": ""}, "title"), ({"title": " \t "}, "title"),
        ({"title": 1}, "title"), ({"title": True}, "title"), ({"title": ["x"]}, "title"),
        ({"title": "x" * 256}, "title"), ({"title": "a\0b"}, "title"),
        ({"title": "x", "description": 1}, "description"), ({"title": "x", "description": "\0"}, "description"),
        ({"title": "x", "description": "x" * 10_001}, "description"),
        ({"title": "x", "completed": "true"}, "completed"), ({"title": "x", "completed": 1}, "completed"),
        ({"title": "x", "completed": None}, "completed"),
        ({"title": "x", "deadline_at": "soon"}, "deadline_at"), ({"title": "x", "deadline_at": 5}, "deadline_at"),
        ({"title": "x", "deadline_at": "2026-02-30"}, "deadline_at"),
        ({"title": "x", "deadline_at": ""}, "deadline_at"),
        ({"title": "x", "id": 7}, "id"), ({"title": "x", "created_at": "2026-02-20T14:00:00"}, "created_at"),
        ({"title": "x", "colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_bad_values_are_a_400_that_names_the_field(client, body, field):
    response = post(client, body)

    assert response.status_code == 400
    assert list(response.json()["fields"]) == [field]
    assert not Todo.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'"title"', b"null", b"1", b'{"title": "x"} x', b'{"title": NaN}', b'{"title": "\xff"}',
        b'{"title": "\\ud800"}', b'{"\\udfff": 1}', b"[" * 100_000, b'{"a":' * 100_000,
    ],
)  # fmt: skip
def test_bodies_that_are_no_json_object_are_a_400(client, body):
    response = post(client, body)

    assert response.status_code == 400
    assert response.json()["error"].endswith(".")
    assert not Todo.objects.exists()


def test_body_that_is_not_json_is_a_415(client):
    response = client.post(URL, {"title": "form"})

    assert (response.status_code, list(response.json())) == (415, ["error"])


def test_body_over_1_mb_is_a_413(client):
    assert post(client, {"title": "x" * 1_000_000}).status_code == 413


def test_body_without_a_length_is_a_411(client):
    response = post(client, {"title": "x"}, headers={"Transfer-Encoding": "chunked"})

    assert (response.status_code, list(response.json())) == (411, ["error"])


def test_page_of_another_site_is_refused(client):
    response = post(client, {"title": "x"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert (response.status_code, list(response.json())) == (403, ["error"])
    assert not Todo.objects.exists()


def test_session_needs_a_csrf_token_and_no_session_needs_none(django_user_model):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    assert post(client, {"title": "x"}).status_code == 201
    client.force_login(django_user_model.objects.create_user("ada"))
    assert post(client, {"title": "x"}).status_code == 403


def test_private_mode_needs_a_user(client, settings):
    settings.MODE = "private"

    assert post(client, {"title": "x"}).status_code == 401
    assert not Todo.objects.exists()
