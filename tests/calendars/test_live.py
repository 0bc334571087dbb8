"""What open pages of exports are told."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calendars.jobs.services import cancel_job
from tests.factories import make_job, make_list, make_user
from todos.live import Watched, read_states

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    return make_user("ada")


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:200]
    return json.loads(answer.content.partition(b"data: ")[2])["state"]


@pytest.mark.parametrize("address", ["/exports/{}", "/exports"])
def test_event_says_what_the_page_shows(ada: User, client: Client, address: str) -> None:
    client.force_login(ada)
    page = address.format(make_job(ada).pk)
    assert f'data-state="{shown(client, page + "/events")}"' in client.get(page).text


def test_job_that_changes_changes_the_state(ada: User, client: Client) -> None:
    client.force_login(ada)
    job, other = make_job(ada), make_job(ada, alarm_minutes=15)
    before = [shown(client, f"/exports/{one}/events") for one in (job.pk, other.pk)]
    everything = shown(client, "/exports/events")
    cancel_job(user=ada, job_id=job.pk)
    after = [shown(client, f"/exports/{one}/events") for one in (job.pk, other.pk)]
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert everything != shown(client, "/exports/events")


def test_page_of_an_export_that_has_ended_watches_nothing(ada: User, client: Client) -> None:
    client.force_login(ada)
    job = make_job(ada)
    cancel_job(user=ada, job_id=job.pk)
    assert "data-events" not in client.get(f"/exports/{job.pk}").text


def test_job_of_others_does_not_exist(ada: User, client: Client) -> None:
    bob = make_user("bob")
    make_list(bob)
    job = make_job(ada)
    client.force_login(bob)
    assert client.get(f"/exports/{job.pk}/events").status_code == 404
    assert read_states({Watched(bob.pk, make_list(ada).pk, "", frozenset([job.pk]))}) == {}
