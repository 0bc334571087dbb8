"""The pages of stories: who sees which, what is on them, and trying again."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendars.builds.build import build_calendar
from calendars.models import CalendarJob, JobStatus
from observability.events import Kind, record
from observatory.models import Event
from observatory.recorder import recording
from tests.factories import make_feed, make_job, make_list, make_todo, make_user, share
from tests.plans import plan_of
from todos.services import update_list

pytestmark = pytest.mark.django_db

SECRET = "wombat"


class Cast:
    """A list of ada's with a failed job, and everybody who may come along."""

    def __init__(self) -> None:
        self.owner, self.viewer, self.stranger = make_user("ada"), make_user("vic"), make_user("eve")
        self.staff = User.objects.create_user("staff", is_staff=True)
        self.keeper = User.objects.create_user("keeper", is_staff=True)
        self.keeper.user_permissions.add(Permission.objects.get(codename="change_calendarjob"))
        make_todo(f"{SECRET} todo", user=self.owner)
        self.list = make_list(self.owner)
        update_list(todo_list=self.list, changes={"name": f"{SECRET} list"})
        self.feed = make_feed(self.owner, name=f"{SECRET} feed", filter=SECRET).feed
        self.job = make_job(self.owner, filter=SECRET, alarm_minutes=0, completed="open")
        self.fail()
        share(self.list, self.viewer)

    def fail(self) -> None:
        CalendarJob.objects.filter(pk=self.job.pk).fail(self.job.calendar, "It broke.")

    @property
    def pages(self) -> list[str]:
        return [f"/machine/jobs/{self.job.pk}", f"/machine/calendars/{self.job.calendar_id}"]

    def client(self, name: str) -> Client:
        client = Client()
        if name != "anonymous":
            client.force_login(getattr(self, name))
        return client


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture(params=[True, False], ids=["deployed", "on a laptop"])
def deployed(request: pytest.FixtureRequest, settings: object) -> bool:
    settings.DEPLOYED = request.param
    return request.param


@pytest.mark.parametrize(
    ("name", "sees", "retries"),
    [
        ("owner", True, True), ("viewer", True, True), ("stranger", False, False), ("anonymous", False, False),
        ("staff", True, False), ("keeper", True, True),
    ],
)  # fmt: skip
def test_who_sees_a_story_and_tries_again(
    cast: Cast, deployed: bool, name: str, sees: bool, retries: bool
) -> None:
    client = cast.client(name)
    nothing = client.get(f"/machine/jobs/{uuid.uuid4()}")
    assert nothing.status_code == 404
    for page in cast.pages:
        answer = client.get(page)
        assert answer.status_code == (200 if sees else 404)
        if not sees:
            assert str(cast.job.pk) not in answer.text
    assert (f"/machine/jobs/{cast.job.pk}/retry" in client.get(cast.pages[0]).text) == retries
    assert (str(cast.job.pk) in client.get("/machine/jobs").text) == sees
    assert ("again</button>" in client.get("/machine/jobs").text) == retries

    assert client.post(f"/machine/jobs/{cast.job.pk}/retry").status_code == (302 if retries else 404)
    assert CalendarJob.objects.get().status == (JobStatus.PENDING if retries else JobStatus.FAILURE)
    cast.fail()
    assert client.post("/machine/jobs/retry").status_code == 302
    assert CalendarJob.objects.get().status == (JobStatus.PENDING if retries else JobStatus.FAILURE)


@pytest.mark.parametrize("name", ["staff", "keeper"])
def test_staff_see_nothing_that_users_wrote(cast: Cast, name: str) -> None:
    for page in [*cast.pages, "/machine/jobs"]:
        assert SECRET not in cast.client(name).get(page).text


def test_links_lead_from_the_job_to_all_it_belongs_to(cast: Cast) -> None:
    make_feed(cast.owner, name=f"{SECRET} phone", filter=SECRET, alarm_minutes=0)
    job = cast.client("owner").get(cast.pages[0]).text
    calendar = cast.client("owner").get(cast.pages[1]).text
    assert f'href="/exports/{cast.job.pk}"' in job
    assert f'href="/machine/calendars/{cast.job.calendar_id}"' in job
    assert f'href="/machine/jobs/{cast.job.pk}"' in calendar
    assert f"{SECRET} list" in job
    assert f'href="/machine/jobs/{cast.job.pk}"' in cast.client("owner").get(f"/exports/{cast.job.pk}").text


def test_feeds_are_their_owners_alone(cast: Cast) -> None:
    page = f"/machine/calendars/{cast.feed.calendar_id}"
    assert f"{SECRET} feed" in cast.client("owner").get(page).text
    assert f"{SECRET} feed" not in cast.client("viewer").get(page).text


def test_names_of_processes_are_not_shown_where_this_is_deployed(cast: Cast, settings: object) -> None:
    at_ms = int(cast.job.created_at.timestamp() * 1000) + 1
    Event.objects.create(
        kind=Kind.CLAIM, at_ms=at_ms, calendar_id=cast.job.calendar_id, process="host-of-worker:1"
    )
    CalendarJob.objects.update(status=JobStatus.STARTED, finished_at=None)
    settings.DEPLOYED = True
    for name, sees in {"owner": False, "staff": True}.items():
        assert ("host-of-worker" in cast.client(name).get(cast.pages[0]).text) == sees
    settings.DEPLOYED = False
    assert "host-of-worker" in cast.client("owner").get(cast.pages[0]).text


def test_open_lists_jobs_are_everybodys(client: Client) -> None:
    make_todo()
    job = make_job()
    build_calendar(job.calendar_id)
    page = client.get(f"/machine/jobs/{job.pk}")
    assert "one build served this alone" in page.text
    assert client.get(f"/machine/calendars/{job.calendar_id}").status_code == 200


def test_retry_of_a_job_that_has_not_failed_says_so(client: Client) -> None:
    job = make_job()
    answer = client.post(f"/machine/jobs/{job.pk}/retry", follow=True)
    assert "It has not failed, or was tried again already." in answer.text
    assert CalendarJob.objects.get().retried_at is None


def test_jobs_are_narrowed_by_status(client: Client) -> None:
    waiting, failed = make_job(), make_job(completed="open")
    CalendarJob.objects.filter(pk=failed.pk).fail(failed.calendar, "It broke.")
    page = client.get("/machine/jobs?status=FAILURE").text
    assert str(failed.pk) in page
    assert str(waiting.pk) not in page
    assert client.get("/machine/jobs?status=LOST").status_code == 404


def test_newest_jobs_and_failed_ones_are_found_by_an_index(cast: Cast) -> None:
    """There may be a million, and staff see all of them."""
    now = datetime.now(UTC)
    ended = {"calendar": cast.job.calendar, "revision": 0, "status": JobStatus.SUCCESS, "finished_at": now}
    CalendarJob.objects.bulk_create(
        CalendarJob(**ended, created_at=now - timedelta(minutes=number)) for number in range(500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calendars_calendarjob")
    client = cast.client("keeper")
    found = {}
    for query in ("", "?status=FAILURE", "?status=SUCCESS"):
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/machine/jobs{query}")
        statements = [one["sql"] for one in captured if 'FROM "calendars_calendarjob"' in one["sql"]]
        found[query] = {"count" if "COUNT(" in sql else "page": plan_of(sql) for sql in statements}
    assert all("job_failed" in plans["count"] for plans in found.values()), found
    assert "job_failed" in found["?status=FAILURE"]["page"], found
    assert "job_by_creation" in found[""]["page"], found
    assert "job_by_creation" in found["?status=SUCCESS"]["page"], found


@pytest.mark.parametrize("address", ["/machine/jobs/7", "/machine/calendars/x", f"/machine/calendars/{10**30}"])
def test_addresses_that_name_nothing_are_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_member_who_is_removed_while_the_page_is_made_sees_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from observatory.stories import views

    tell = views.story_of_job

    def tell_after_removal(job: CalendarJob) -> object:
        cast.list.memberships.all().delete()
        return tell(job)

    monkeypatch.setattr(views, "story_of_job", tell_after_removal)
    assert cast.client("viewer").get(cast.pages[0]).status_code == 404


def test_long_stories_are_light_pages(cast: Cast) -> None:
    at_ms = int(cast.job.created_at.timestamp() * 1000) + 1
    about = {"calendar_id": cast.job.calendar_id, "process": "p" * 100, "request_id": "r" * 64}
    Event.objects.bulk_create(
        Event(kind=kind, at_ms=at_ms + number, details={"attempt": 1, "error": "OperationalError"}, **about)
        for number in range(200)
        for kind in (Kind.CLAIM, Kind.BUILD_FAILED)
    )
    CalendarJob.objects.update(status=JobStatus.STARTED, finished_at=None)
    for page in cast.pages:
        answer = cast.client("keeper").get(page)
        assert len(answer.content) < 100_000
        assert "100 events are shown." in answer.text


@pytest.mark.parametrize("page", ["/machine/jobs", "/machine/calendars/{}"])
def test_queries_do_not_grow_with_jobs(client: Client, page: str) -> None:
    job = make_job()
    address = page.format(job.calendar_id)
    client.get(address)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    one = count()
    for _ in range(3):
        make_job()
    build_calendar(job.calendar_id)
    assert count() <= one


def test_live_page_leads_to_stories_of_ones_own_alone(cast: Cast, settings: object) -> None:
    settings.DEPLOYED = False
    with recording():
        record(Kind.JOB_DONE, list_id=cast.list.pk, calendar_id=cast.job.calendar_id, job_id=cast.job.pk)
        record(Kind.CLAIM, list_id=cast.list.pk, calendar_id=cast.job.calendar_id, attempt=1)
    for name, sees in {"owner": True, "staff": True, "stranger": False}.items():
        page = cast.client(name).get("/machine").text
        assert [address for address in cast.pages if f'href="{address}"' in page] == (cast.pages if sees else [])
