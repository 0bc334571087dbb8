"""Every page is under 100 kB, whatever a list holds; what it links to comes once."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from calendars.builds.build import build_calendar
from calendars.feeds.services import create_feed
from calendars.models import CalendarFile
from tests.factories import make_job, make_list, make_todos, make_user
from todos.models import Label, Todo
from todos.services import create_filter

pytestmark = pytest.mark.django_db
MOST_BYTES = 100_000
TITLE = "Ask the landlord whether the contract of the flat above the bakery can be renewed for another three years"
WEEK = "MO,TU,WE,TH,FR,SA,SU"
DAYS = [f"2026-12-{day:02}T18:00:00Z" for day in range(1, 32)]


@pytest.fixture
def ada(client: Client) -> User:
    """Somebody with a thousand todos of long titles, and all else that piles up."""
    user = make_user("ada")
    labels = [f"{number:03} {'y' * 46}" for number in range(500)]
    Label.objects.bulk_create(Label(owner=user, name=name, key=name, color="purple") for name in labels)
    series = {"rule": f"FREQ=MONTHLY;BYDAY={WEEK};BYSETPOS=1,2,3,-3,-2,-1", "occurrence": f"{DAYS[0][:-1]} UTC"}
    texts = {"title": TITLE, "description": "x" * 500, "labels": labels[:20]}
    make_todos(700, DAYS, user=user, priority=1, past_count=900, **texts, **series)
    make_todos(300, DAYS, user=user, title=TITLE, completed=True)
    make_todos(1_000, user=user, title=TITLE, deleted_at="2026-11-20T00:00:00Z")
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    "address",
    [
        "/", "/?page=7", "/?state=done", "/?sort=title", "/trash", "/calendar/2026/12", "/calendar/2026/12?day=24",
        "/calendar/2026/12?view=agenda", "/calendar/week/2026/12/24",
        "/calendar/week/2026/12/24?day=24", "/today", "/upcoming", "/exports", "/feeds", "/import", "/settings",
        "/lists",
        "/search?q=is:open", "/filters",
        "/labels", "/settings/reminders", "/reminders", "/accounts/password", "/accounts/delete", "/webhooks",
        "/machine",
    ],
)  # fmt: skip
def test_page_is_light_with_a_thousand_todos(client: Client, ada: User, address: str, settings: object) -> None:
    settings.DEPLOYED = False  # otherwise /machine is for staff
    for _ in range(3):
        create_feed(todo_list=make_list(ada), name="Phone")
    for minutes in range(25):
        make_job(ada, alarm_minutes=minutes)
    for n in range(100):
        create_filter(user=ada, name=f"{n} {TITLE}"[:100], query=TITLE)
    page = client.get(address)
    assert page.status_code == 200
    assert len(page.content) < MOST_BYTES


def test_list_of_links_is_light(client: Client) -> None:
    ada = make_user("ada")
    title = f"{'x' * 100} https://{'y' * 40}.example/1"
    make_todos(100, DAYS, user=ada, title=title, description="https://a.example " * 10, priority=1)
    client.force_login(ada)
    page = client.get("/")
    assert page.text.count('rel="noopener nofollow ugc"') == 50
    assert len(page.content) < MOST_BYTES


def test_pages_of_an_export_that_left_much_out_are_light(client: Client, ada: User) -> None:
    job = make_job(ada)
    create_feed(todo_list=make_list(ada), name="Phone", options={"completed": "all"})
    build_calendar(job.calendar_id)
    aside = [{"uid": "", "title": TITLE, "reason": ""}] * 1_000
    CalendarFile.objects.update(skipped=aside)
    for address in (f"/exports/{job.pk}", "/exports", "/feeds"):
        page = client.get(address)
        assert "1000 todos could not" in page.text or address == "/exports"
    assert len(page.content) < MOST_BYTES


def test_answers_to_a_change_of_a_whole_page_are_light(client: Client, ada: User) -> None:
    selected = list(
        Todo.objects.visible().filter(completed=False).order_by("id").values_list("id", flat=True)[:500]
    )
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
    for values in ({"action": "move", "day": "2027-01-01"}, {"action": "complete"}):
        answer = client.post("/todos/change", {"todo": selected} | values, headers=headers)
        assert "500 todos" in answer.text
        assert len(answer.content) < MOST_BYTES


def test_plan_of_a_large_import_is_light(client: Client, ada: User) -> None:
    days = ",".join(str(day) for day in range(-31, 32) if day)
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART;VALUE=DATE:20310514\r\nSUMMARY:{TITLE}\r\n"
        f"{'RRULE:FREQ=HOURLY' if n % 2 else f'RRULE:FREQ=YEARLY;BYMONTHDAY={days}'}\r\nEND:VEVENT\r\n"
        for n in range(1_000)
    )
    body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()
    page = client.post("/import", {"file": SimpleUploadedFile("large.ics", body)})
    assert "500 todos to add" in page.text
    assert len(page.content) < MOST_BYTES


def test_what_pages_link_to_is_hashed_compressed_and_kept_for_a_year(client: Client) -> None:
    links = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', client.get("/").text))
    assert len(links) >= 5
    for link in links:
        name = link.removeprefix("/static/")
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name)
        answer = client.get(link, headers={"Accept-Encoding": "gzip"})
        answer.close()  # its file
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.get("Content-Encoding") == "gzip" or name.endswith((".svg", ".png"))
        assert staticfiles_storage.exists(name)
