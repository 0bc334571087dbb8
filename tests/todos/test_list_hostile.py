"""`GET /api/v1/todos` with parameters of every other form."""

import pytest
from django.test import Client

from tests.hostile import assert_refused

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


@pytest.mark.parametrize(
    "value",
    ["", "True", "TRUE", "1", "0", "yes", "null", "true ", "%00", "true%00", "%ff", "truefalse", "x" * 5000],
)
def test_completed_is_true_or_false(client: Client, value: str) -> None:
    assert_refused(client.get(f"{TODOS}?completed={value}"), 400, fields=["completed"])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-1",
        "+1",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "0x1",
        "NaN",
        "inf",
        "one",
        "%D9%A1",
        "1000000",
        "9" * 30,
        "9" * 5000,
        "1%00",
    ],
)
def test_window_is_a_whole_number_of_days(client: Client, value: str) -> None:
    assert_refused(client.get(TODOS, QUERY_STRING=f"window={value}"), 400, fields=["window"])


@pytest.mark.parametrize(
    "value",
    [
        "", ",", "high,", ",high", "high,,low", "high, low", "High", "HIGH", "1", "5", "urgent", "high;low", "%00",
        "high%00", "%ff", "h%C4%B1gh", "null", "['high']", "high," * 5000,
    ],
)  # fmt: skip
def test_priority_is_one_or_more_of_four_words(client: Client, value: str) -> None:
    refusal = assert_refused(client.get(f"{TODOS}?priority={value}"), 400, fields=["priority"])
    assert "none, high, medium, low" in refusal["error"]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue"])
@pytest.mark.parametrize("window", ["0", "7", "0000007", "999999"])
def test_every_window_of_days_is_answered(client: Client, window: str, zone: str, settings: object) -> None:
    settings.DEFAULT_LIST_TIME_ZONE = zone
    answer = client.get(f"{TODOS}?window={window}")
    if len(window) > 6:
        assert_refused(answer, 400, fields=["window"])
    else:
        assert (answer.status_code, answer.json()) == (200, [])


def test_both_faults_are_named(client: Client) -> None:
    answer = client.get(f"{TODOS}?completed=x&window=y")
    assert answer.status_code == 400
    assert "completed" in answer.json()["fields"]


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/todos", "/api/%00", "/api/v1/todos/"]
)
def test_unknown_address_is_a_404_in_json(client: Client, path: str) -> None:
    assert_refused(client.get(path), 404)


@pytest.mark.parametrize("host", ["evil.example", "a b", "localhost/x", "[::1", "\xff"])
def test_forged_host_is_a_400_in_json(client: Client, host: str, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    assert_refused(client.get(TODOS, headers={"Host": host}), 400)
