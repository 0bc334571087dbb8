"""Every page and state that a user can see: its data, and how to get there."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Page

from calendars.builds.build import build_calendar, claim
from calendars.feeds.services import create_feed
from calendars.jobs.services import retry_jobs
from calendars.models import Calendar, CalendarFile, CalendarJob, Feed, JobStatus
from followers.models import Follower
from followers.webhooks.services import create_webhook, send_test
from observability.events import Kind, record
from observatory import recorder
from observatory.lab.experiments import DEFINITIONS, start
from observatory.recorder import recording
from reminders.links import action_url, confirm_url, unsubscribe_url
from reminders.models import Browser, Notification
from reminders.services import add_browser, confirm_address, set_defaults, set_reminders, update_settings
from reminders.times import Rule, RuleKind
from tests.factories import make_job, make_list, make_todo, make_todos, share
from todos.deadlines import parse_deadline
from todos.models import Color, Label, Todo, TodoList
from todos.priorities import Priority
from todos.services import (
    archive_list,
    create_filter,
    create_list,
    create_todo,
    delete_todo,
    skip_todo,
    update_label,
    update_todo,
)

Scene = str | Callable[[Page], None]  # a URL, or an action

LONG = "Ask the landlord whether the contract of the flat above the bakery can be renewed for another three years"


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def calendar_of(*titles: str, broken: bool = False) -> dict[str, object]:
    """Return a calendar file for upload."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//other//EN"]
    for title in titles:
        lines += ["BEGIN:VEVENT", f"UID:{title}@example.org", f"DTSTART;VALUE=DATE:20310514\r\nSUMMARY:{title}"]
        lines += ["RRULE:FREQ=WEEKLY"] if title == "Choir" else []
        lines += ["END:VEVENT"]
    body = "no calendar" if broken else "\r\n".join([*lines, "END:VCALENDAR", ""])
    return {"name": "other.ics", "mimeType": "text/calendar", "buffer": body.encode()}


def bring(*titles: str, broken: bool = False) -> Scene:
    def scene(page: Page) -> None:
        page.goto("/import")
        page.get_by_label("Choose a file").set_input_files(calendar_of(*titles, broken=broken))
        page.locator("h1", has_text="add").or_(page.get_by_role("alert")).wait_for()

    return scene


def send(path: str, button: str, **values: str) -> Scene:
    """Fill in a form by field names and submit it, skipping the browser's validation."""

    def scene(page: Page) -> None:
        page.goto(path)
        named = page.get_by_role("button", name=button, exact=True)
        form = page.get_by_role("main").locator("form", has=named).first
        form.evaluate("(form) => { form.noValidate = true; }")
        for details in form.locator("details:not([open]) > summary").all():
            details.click()
        for name, value in values.items():
            form.locator(f"[name={name}]").fill(value)
        with page.expect_navigation():  # the page first asks whether the server can be reached
            form.get_by_role("button", name=button, exact=True).click()

    return scene


def of_a_stranger() -> dict[str, Scene]:
    """An anonymous user without data."""
    user = User.objects.create(username="forgetful")
    link = f"/accounts/password/new/{urlsafe_base64_encode(force_bytes(user.pk))}"
    return {
        "list-empty": "/",
        "month-empty": "/calendar/2031/5",
        "week-empty": "/calendar/week/2031/5/14",
        "agenda-empty": "/calendar/2031/5?view=agenda",
        "exports-empty": "/exports",
        "feeds-empty": "/feeds",
        "trash-empty": "/trash",
        "settings-open": "/settings",
        "login": "/accounts/login",
        "login-wrong": send("/accounts/login", "Sign in", username="ada", password="guess"),
        "sign-up": "/accounts/sign-up",
        "signed-out": "/accounts/signed-out",
        "sign-up-wrong": send("/accounts/sign-up", "Create account", username="a b", password1="1", password2="2"),
        "reset": "/accounts/password/forgotten",
        "reset-wrong": send("/accounts/password/forgotten", "Send me a link", email="nobody"),
        "reset-sent": send("/accounts/password/forgotten", "Send me a link", email="ada@example.org"),
        "reset-too-old": f"{link}/nothing",
        "reset-new": f"{link}/{default_token_generator.make_token(user)}",
        "import-nothing": bring(),
    }


def of_the_machine() -> dict[str, Scene]:
    """The machine: before anything has happened, at work, paused, and with its explanation."""

    def see_nothing(page: Page) -> None:
        page.goto("/machine")
        page.get_by_text("Nothing has happened in this time").wait_for()

    def see(page: Page) -> None:
        happen()
        page.goto("/machine")
        page.locator(".lanes .build").first.wait_for(state="attached")

    def pause(page: Page) -> None:
        see(page)
        page.get_by_role("button", name="Zoom out").click()
        page.get_by_role("group", name="Lanes in time").press("Space")
        page.get_by_role("button", name="Resume").wait_for()

    def explain(page: Page) -> None:
        see(page)
        page.get_by_text("What do I see?").click()

    return {"machine-empty": see_nothing, "machine": see, "machine-paused": pause, "machine-explained": explain}


def happen() -> None:
    """Let everything happen that the machine shows: two hundred changes that become one build, and what fails."""
    todo_list = make_list()
    job = make_job()
    subject = {"list_id": todo_list.pk, "calendar_id": job.calendar_id}
    with recorder.recording():
        for revision in range(1, 201):
            record(Kind.CHANGE, list_id=todo_list.pk, revision=revision, todos=1)
        record(Kind.REQUEST, **subject, job_id=job.pk, revision=200)
        for message in ("taken", "lost"):
            record(Kind.MESSAGE_SENT, **subject, message=message, actor="build_calendar")
        record(Kind.MESSAGE_FAILED, **subject, error="ConnectionClosed")
        record(Kind.MESSAGE_RECEIVED, **subject, message="taken", actor="build_calendar", waited_ms=4)
        record(Kind.SWEEP, dispatched=1)
        record(Kind.CLAIM, **subject, attempt=1, revision=200)
        record(Kind.BUILD_FAILED, **subject, attempt=1, error="MemoryError", retry_ms=1_000)
        record(Kind.LEASE_EXPIRED, **subject, attempt=2)
        record(Kind.CLAIM, **subject, attempt=3, revision=200)
        record(Kind.BUILD_DONE, **subject, attempt=3, ms=38.2, since=0, revision=200, bytes=9_000, jobs=1)
        for kind in (Kind.JOB_DONE, Kind.JOB_FAILED, Kind.JOB_REVOKED):
            record(kind, **subject, job_id=job.pk)
        for status in (200, 304, 304, 503):
            record(Kind.FEED, **subject, status=status, client="google", is_stale=False)
        record(Kind.DOWNLOAD, **subject, job_id=job.pk, status=200, bytes=9_000)
        record(Kind.CLAIM, **subject, attempt=1, revision=201)


def of_many(user: User) -> dict[str, Scene]:
    """A user with more than one page of todos, and many deadlines on one day."""
    make_todos(230, ["2031-05-14", "2031-05-15T18:00:00"], user=user)
    return {
        "list-pages": "/?page=2",
        "month-many": "/calendar/2031/5",
        "day-many": "/calendar/2031/5?day=14",
        "week-many": "/calendar/week/2031/5/14",
    }


def of_webhooks(user: User) -> dict[str, Scene]:
    """Webhooks: none yet, a new one, one that fails, and one that is off."""

    def create(page: Page) -> None:
        page.goto("/webhooks")
        page.get_by_label("Address").fill("https://example.org/new")
        page.get_by_role("button", name="Create webhook").click()
        page.get_by_text("Copy the secret now").wait_for()

    todo_list, url = make_list(user), f"https://example.org/{'hook' * 30}"
    scenes: dict[str, Scene] = {"webhooks": "/webhooks"}
    for number, (name, values) in enumerate(
        {
            "failing": {"failing_since": datetime.now(UTC), "last_result": "It answered with the status 500."},
            "off": {"is_active": False, "last_result": "It answered that it is gone for good (status 410)."},
        }.items()
    ):
        webhook, _ = create_webhook(user=user, todo_list=todo_list, url=url, name="" if number else LONG)
        Follower.objects.filter(pk=webhook.follower_id).update(**values)
        for revision, status in enumerate([200, 500, None]):
            webhook.deliveries.create(
                event_id=uuid.uuid4(),
                event_type="org.taskoverflow.list.changed",
                revision=revision,
                body=b"{}",
                attempts=2,
                sent_at=datetime.now(UTC),
                status=status,
                answer="" if status is None else "an answer without a space: " + "x" * 300,
                error="" if status == 200 else "No connection could be made.",
                milliseconds=120,
            )
        send_test(user=user, webhook_id=webhook.pk)
        scenes[f"webhook-{name}"] = f"/webhooks/{webhook.pk}"
    scenes["webhook-secret"] = f"/webhooks/{webhook.pk}/secret"
    scenes["webhook-delete"] = f"/webhooks/{webhook.pk}/delete"
    scenes["webhook-new"] = create
    scenes["webhooks-wrong"] = send("/webhooks", "Create webhook", url="http://10.0.0.1")
    return scenes


def of_stories(user: User) -> dict[str, Scene]:
    """Jobs that waited, failed, were tried again or finished together, and their calendars."""
    with recording():
        make_todo(LONG, day(1), user=user)
        create_feed(todo_list=make_list(user), name=LONG[:100], options={"completed": "open"})
        done = [make_job(user, completed="open") for _ in range(12)][-1]
        build_calendar(done.calendar_id)
        failed, retried, waiting = (make_job(user, alarm_minutes=minutes) for minutes in (1, 2, 3))
        for job in (failed, retried):
            mended = job.calendar.options_key
            Calendar.objects.filter(pk=job.calendar_id).update(options_key="no JSON")
            for _ in range(5):
                build_calendar(job.calendar_id)
                Calendar.objects.filter(pk=job.calendar_id).update(lease_until_ms=None)
            Calendar.objects.filter(pk=job.calendar_id).update(options_key=mended)
        retry_jobs(CalendarJob.objects.filter(pk=retried.pk))
        build_calendar(retried.calendar_id)
        claim(waiting.calendar_id)
        Calendar.objects.filter(pk=waiting.calendar_id).update(lease_until_ms=1)
    old = make_job(user, completed="done")
    build_calendar(old.calendar_id)
    long_ago = datetime.now(UTC) - timedelta(days=3)
    CalendarJob.objects.filter(pk=old.pk).update(created_at=long_ago, started_at=long_ago, finished_at=long_ago)
    jobs = {"done": done, "failed": failed, "retried": retried, "killed": waiting, "expired": old}
    return {
        "jobs": "/machine/jobs",
        "jobs-failed": "/machine/jobs?status=FAILURE",
        **{f"story-{name}": f"/machine/jobs/{job.pk}" for name, job in jobs.items()},
        "story-calendar": f"/machine/calendars/{done.calendar_id}",
        "export-failed-now": f"/exports/{failed.pk}",
    }


def of_reminders(user: User) -> dict[str, Scene]:
    """Reminders: of todos, of lists, where they go, and the pages that links in messages open."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    none = make_todo("Learn to bake", None, user=user)
    timed = make_todo(LONG, f"{day(1)}T18:00:00", user=user)
    whole = make_todo("Book a train", day(3), user=user)
    silent = make_todo("Water the plants", day(3), user=user)
    band = create_list(user=User.objects.create(username="gil"), name="Band")
    share(band, user, "viewer")
    gig = create_todo(todo_list=band, title="Gig", due=parse_deadline(f"{day(1)}T20:00:00"))
    moment = Rule(RuleKind.MOMENT, moment=now)
    set_reminders(user=user, todo=whole, rules=[Rule(RuleKind.DAY, 18 * 60, 1), moment])
    set_reminders(user=user, todo=silent, rules=[Rule(RuleKind.NONE)])

    def link(name: str, todo: Todo) -> str:
        about = Notification(user=user, todo=todo, deadline=str(todo.due or ""))
        return urlsplit(action_url(name, about, todo.list_id)).path

    def press(path: str, button: str) -> Scene:
        def scene(page: Page) -> None:
            page.goto(path)
            with page.expect_navigation():
                page.get_by_role("button", name=button).click()

        return scene

    def after(change: Callable[[], object], path: str) -> Scene:
        def scene(page: Page) -> None:
            change()
            page.goto(path)

        return scene

    def add_address() -> None:
        User.objects.filter(pk=user.pk).update(email="ada.lovelace@analytical-engines.example.org")

    def be_reachable() -> None:
        user.refresh_from_db()
        confirm_address(user=user, address=user.email)
        changes = {"quiet_start": 22 * 60, "quiet_end": 7 * 60 + 30, "digest_at": 8 * 60, "language": "de"}
        update_settings(user=user, changes=changes)
        keys = {"p256dh": "p", "auth": "a"}
        for name in ("Chrome on Linux", LONG[:100]):
            add_browser(user=user, name=name, endpoint=f"https://push.example.org/{name}", **keys)
        Browser.objects.filter(name=LONG[:100]).update(failing_since_ms=1)

    def add_without_a_time(page: Page) -> None:
        page.goto("/reminders")
        page.get_by_label("Remind me").select_option("The day before")
        page.get_by_label("At", exact=True).fill("")
        page.get_by_role("button", name="Add reminder").click()
        page.get_by_text("Enter a time").wait_for()

    def set_default() -> None:
        rules = [Rule(RuleKind.BEFORE, 10), Rule(RuleKind.DAY, 9 * 60, 1)]
        set_defaults(user=user, todo_list=make_list(user), rules=rules)

    settings = "/settings/reminders"
    confirm = urlsplit(confirm_url(user.pk, "ada.lovelace@analytical-engines.example.org")).path
    return {
        "reminders-none": f"/todos/{none.pk}#reminders",
        "reminders-time": f"/todos/{timed.pk}#reminders",
        "reminders-day": f"/todos/{whole.pk}#reminders",
        "reminders-silent": f"/todos/{silent.pk}#reminders",
        "reminders-viewer": f"/lists/{band.pk}/todos/{gig.pk}#reminders",
        "reminders-wrong": send(f"/todos/{none.pk}", "Add reminder", moment=""),
        "reminders-default-none": "/reminders",
        "reminders-default-wrong": add_without_a_time,
        "reminders-default": after(set_default, "/reminders"),
        "reminders-of-default": f"/todos/{timed.pk}#reminders",
        "reminders-settings-new": settings,
        "reminders-settings-unconfirmed": after(add_address, settings),
        "reminders-settings-sent": press(settings, "Send me the link"),
        "reminders-confirm": confirm,
        "reminders-confirmed": press(confirm, "Confirm"),
        "reminders-settings": after(be_reachable, settings),
        "reminders-settings-wrong": send(settings, "Save", quiet_start="22:00", quiet_end=""),
        "reminders-account": "/settings",
        "reminders-link-done": link("done", timed),
        "reminders-link-undo": press(link("done", timed), "Mark as done"),
        "reminders-link-is-done": link("later", timed),
        "reminders-link-later": link("later", whole),
        "reminders-link-again": press(link("later", whole), "Remind me in an hour"),
        "reminders-put-off": f"/todos/{whole.pk}#reminders",
        "reminders-link-viewer": link("done", gig),
        "reminders-link-ended": "/reminders/done/wrong",
        "reminders-unsubscribe": urlsplit(unsubscribe_url(user.pk, "reminder")).path,
        "reminders-unsubscribed": press(urlsplit(unsubscribe_url(user.pk, "reminder")).path, "Unsubscribe"),
        "reminders-unsubscribe-digest": urlsplit(unsubscribe_url(user.pk, "digest")).path,
        "reminders-unsubscribed-digest": press(urlsplit(unsubscribe_url(user.pk, "digest")).path, "Unsubscribe"),
    }


def of_labels(user: User) -> dict[str, Scene]:
    """Months of todos with labels: short and long ones, many, and of both kinds of deadlines."""
    make_todo("Essay", "2031-05-14T18:00:00", user=user, labels=["Uni"], priority=Priority.HIGH)
    make_todo(LONG, "2031-05-14", user=user, labels=["Home", "A label that is rather long", "Errands", "Uni"])
    make_todo("Water the plants", "2031-05-14", user=user, labels=["Home"], rule="FREQ=WEEKLY")
    make_todo("Tidy up", "2031-05-15", user=user, labels=["Home"], completed=True)
    colors = {"Home": "green", "Uni": "blue", "Errands": "red"}
    for label in Label.objects.filter(name__in=colors):
        update_label(user=user, label_id=label.pk, changes={"color": colors[label.name]})
    return {
        "labels-list": "/",
        "labels-month": "/calendar/2031/5",
        "labels-week": "/calendar/week/2031/5/14",
        "labels-day": "/calendar/2031/5?day=14",
        "labels-agenda": "/calendar/2031/5?view=agenda",
        "labels": "/labels",
        "labels-edit": f"/labels/{Label.objects.get(name='Home').pk}",
    }


def without_scripts() -> dict[str, str]:
    """Pages without JavaScript show their fallbacks."""
    make_todo(LONG, day(0), description="With a word or two on what it is about.", priority=Priority.HIGH)
    job = make_job()
    create_feed(todo_list=make_list(), name="Phone")
    return {
        "list": "/",
        "export-waiting": f"/exports/{job.pk}",
        "story": f"/machine/jobs/{job.pk}",
        "feeds": "/feeds",
        "import": "/import",
        "settings": "/settings",
        "machine": "/machine",
        "reminders": "/settings/reminders",
    }


def of_a_newcomer() -> dict[str, Scene]:
    """A new user, and an open list with todos to copy."""
    make_todo("Of the open list")

    def see_examples(page: Page) -> None:
        page.goto("/")
        page.get_by_role("button", name="Add five examples").click()
        page.get_by_role("button", name="Remove examples").wait_for()

    return {
        "list-copy": "/",
        "list-examples": see_examples,
        "lists-none": "/lists",
        "webhooks-none": "/webhooks",
        "labels-none": "/labels",
        "upcoming-empty": "/upcoming",
    }


def of_somebody(user: User) -> dict[str, Scene]:
    """A user who has used every feature."""
    make_todo("Return the library books", day(-3), user=user)
    make_todo(LONG, f"{day(-40)}T09:30:00", user=user, priority=Priority.HIGH)
    titles = ("Project proposal", "Book the dentist", "Water the plants", "Call Ana")
    for title, priority in zip(titles, [Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.NONE], strict=True):
        make_todo(
            title, day(0), user=user, description="With a word or two on what it is about.", priority=priority
        )
    make_todo("Renew the passport", f"{day(40)}T10:00:00", user=user)
    make_todo("Learn to bake", None, user=user, priority=Priority.MEDIUM)
    trip = make_todo("Plan the trip", day(5), user=user)
    train = make_todo("Book a train", day(3), user=user, parent_id=trip.pk, description="Not the night train.")
    make_todo("Compare prices", None, user=user, parent_id=train.pk, completed=True)
    make_todo(f"{LONG} too", None, user=user, parent_id=train.pk)
    done = make_todo("Tidy up", day(0), user=user, completed=True)
    gone = make_todo("Gone", user=user)
    delete_todo(todo_list=make_list(user), todo_id=gone.pk)

    today = datetime.now(UTC)
    month, week = today.strftime("/calendar/%Y/%-m"), today.strftime("/calendar/week/%Y/%-m/%-d")

    def lift(page: Page) -> None:
        page.goto(week)
        page.get_by_role("button", name="Move Call Ana:").press("Space")
        page.keyboard.press("ArrowLeft")
        page.locator(".drop-here").wait_for()

    feed = see_feeds(user)
    of_the_list = of_a_list()
    unsent = of_the_list.pop("list-unsent")
    return {
        **of_the_list,
        "list-found-nothing": "/?q=nothing",
        "list-high": "/?priority=high",
        "list-flat": "/?sort=title&state=open",
        "list-manual": "/?sort=manual",
        "list-done": "/?state=done",
        "list-stale": lambda page: edit_too_late(page, done, user),
        "list-add-wrong": add_wrongly,
        "add": "/todos/new",
        "add-subtask": f"/todos/new?parent_id={trip.pk}",
        "edit-subtask": f"/todos/{train.pk}",
        "add-wrong": send("/todos/new", "Add", title="x" * 260, time="18:00"),
        "edit": f"/todos/{done.pk}",
        "edit-wrong": send(f"/todos/{done.pk}", "Save", title="", date=""),
        "month": month,
        "day": f"{month}?day={today.day}",
        "agenda": f"{month}?view=agenda",
        "week": week,
        "week-day": f"{week}?day={today.day}",
        "week-lifted": lift,
        "exports": "/exports",
        "exports-wrong": send("/exports", "Create calendar file", block_minutes="0", alarm_minutes="-1"),
        **of_jobs(user),
        "feeds": "/feeds",
        "feeds-wrong": send("/feeds", "Create calendar link", name=" "),
        "feed": f"/feeds/{feed.pk}",
        "feed-steps": f"/feeds/{feed.pk}/subscribe",
        "feed-rotate": f"/feeds/{feed.pk}/rotate",
        "import": "/import",
        "import-wrong": bring(broken=True),
        "import-plan": bring("Party", LONG, "Choir"),
        "trash": "/trash",
        "settings": "/settings",
        "settings-wrong": send("/settings", "Save", name=""),
        "settings-email-wrong": send("/settings", "Save email", email="nobody"),
        "settings-token": send("/settings", "Create token", name="Script on the laptop"),
        "password": "/accounts/password",
        "password-wrong": send("/accounts/password", "Change password", old_password="a", new_password1="1"),
        "delete": "/accounts/delete",
        "delete-wrong": send("/accounts/delete", "Delete account", password="guess"),
        "list-unsent": unsent,  # the last: nothing can be sent afterwards
    }


def of_a_list() -> dict[str, Scene]:
    """Actions on the list page, one after the other."""

    def select(page: Page) -> None:
        page.goto("/")
        page.get_by_role("checkbox", name="Select Project proposal").check()

    def edit(page: Page) -> None:
        page.goto("/")
        page.get_by_role("link", name="Project proposal").click()
        page.get_by_label("Title").wait_for()

    def write(page: Page) -> None:
        page.goto("/")
        page.get_by_label("A new todo").press_sequentially("Essay tomorrow !high")
        page.get_by_text("Keep the text as it is").wait_for()

    def write_by_hand(page: Page) -> None:
        page.goto("/")
        page.get_by_text("Add details").click()

    def write_without_a_deadline(page: Page) -> None:
        page.goto("/")
        page.get_by_label("A new todo").press_sequentially("Essay")
        page.locator("#add").get_by_role("button", name="Next week").wait_for()

    def edit_in_words(page: Page) -> None:
        edit(page)
        page.get_by_label("Deadline in words").fill("every 2 weeks on friday 2pm")
        page.locator("li.editing .words .reading strong").first.wait_for()

    def reschedule(page: Page) -> None:
        select(page)
        show_more(page)
        page.get_by_role("button", name="Reschedule…").click()
        page.get_by_label("Reschedule to").fill("whenever")
        page.get_by_text("was not understood").wait_for()

    def tick(page: Page) -> None:
        page.goto("/")
        page.get_by_role("button", name="Complete Call Ana").click()
        page.get_by_role("button", name="Undo").wait_for()

    def move_without_a_day(page: Page) -> None:
        select(page)
        show_more(page)
        page.get_by_role("button", name="Move", exact=True).click()
        page.get_by_text("Choose a day").wait_for()

    def change_without_a_server(page: Page) -> None:
        page.goto("/")
        for address in ("**/todos/new", "**/complete"):
            page.route(address, lambda route: route.abort())
        for line in (LONG, "Bread"):
            page.get_by_label("A new todo").fill(line)
            page.keyboard.press("Enter")
        page.get_by_role("button", name="Edit").last.wait_for()
        page.locator(".todo:not(.done) .tick").first.click()
        page.locator(".waiting").wait_for()

    def edit_what_is_not_shown(page: Page) -> None:
        edit(page)
        page.get_by_label("Title").fill("Typed")
        page.get_by_role("searchbox").fill("dentist")
        page.get_by_role("region", name="Not in this list").wait_for()

    def edit_and_tick(page: Page) -> None:
        edit(page)
        page.get_by_role("button", name="Complete Renew the passport").click()
        page.get_by_role("button", name="Undo").wait_for()

    def ask_for_help(page: Page) -> None:
        page.goto("/")
        page.keyboard.press("?")

    return {
        "list": "/",
        "list-selected": select,
        "list-edit": edit,
        "list-reading": write,
        "list-reading-no-deadline": write_without_a_deadline,
        "list-edit-words": edit_in_words,
        "list-reschedule": reschedule,
        "list-by-hand": write_by_hand,
        "list-undo": tick,
        "list-aside": edit_what_is_not_shown,
        "list-move-wrong": move_without_a_day,
        "list-edit-undo": edit_and_tick,
        "list-help": ask_for_help,
        "list-unsent": change_without_a_server,
    }


def show_more(page: Page) -> None:
    """Open the menu that has the less frequent changes on small screens."""
    more = page.get_by_role("button", name="More…")
    if more.is_visible():
        more.click()


def of_several_lists(user: User) -> dict[str, Scene]:
    """A user with many lists, of which one is archived."""
    make_todo("Return the library books", day(-3), user=user)
    make_todo("Renew the passport", f"{day(40)}T10:00:00", user=user)
    courses, work, home, old = (
        create_list(user=user, name=name, color=color)
        for name, color in (
            ("Courses at the university", "blue"),
            ("Work", "red"),
            (LONG[:100], ""),
            ("2025", "gray"),
        )
    )
    for color in Color.values[3:]:
        create_list(user=user, name=color.title() or "None", color=color)

    def put(todo_list: TodoList, title: str, deadline: str, **values: object) -> None:
        create_todo(todo_list=todo_list, title=title, due=parse_deadline(deadline), **values)

    put(courses, "Hand in the essay", day(0), description="Five pages, and a list of what I have read.")
    put(courses, "Read the second chapter", day(1))
    put(work, LONG, f"{day(0)}T23:59:00")
    put(work, "Report on the third quarter", day(-1))
    put(home, "Water the plants", day(2))
    put(old, "Long ago", "2025-01-01")
    archive_list(todo_list=old)
    create_feed(todo_list=work, name="Phone")
    at = f"/lists/{courses.pk}"

    def open_lists(page: Page) -> None:
        page.goto(at)
        button = page.get_by_role("button", name="Lists", exact=True)
        if button.is_visible():
            button.click()
        page.get_by_text("Archived").click()
        page.get_by_role("link", name="2025").wait_for()

    saved = create_filter(user=user, name="Open reports", query="is:open report")

    def select(page: Page) -> None:
        page.goto(at)
        page.get_by_role("checkbox", name="Select Hand in the essay").check()

    def move_selected(page: Page) -> None:
        select(page)
        show_more(page)
        page.get_by_role("button", name="Move to list…").click()

    def move_from_editor(page: Page) -> None:
        page.goto(at)
        page.get_by_role("link", name="Hand in the essay").click()
        page.locator("li.editing").get_by_role("button", name="Move to list…").click()

    def edit_today(page: Page) -> None:
        page.goto("/today")
        page.get_by_role("link", name="Hand in the essay").click()
        page.get_by_label("Title").wait_for()

    def tick_today(page: Page) -> None:
        page.goto("/today")
        page.get_by_role("button", name="Complete Report").click()
        page.get_by_role("button", name="Undo").wait_for()

    return {
        "lists-one": at,
        "lists-navigation": open_lists,
        "lists-selected": select,
        "lists-move": move_selected,
        "lists-move-editor": move_from_editor,
        "lists-archived": f"/lists/{old.pk}",
        "lists-month": f"{at}/calendar",
        "lists-settings": f"{at}/settings",
        "lists-settings-wrong": send(f"{at}/settings", "Save", name=""),
        "lists-manage": "/lists",
        "lists-new": "/lists/new",
        "lists-new-wrong": send("/lists/new", "Create list", name=""),
        "lists-delete": f"/lists/{work.pk}/delete",
        "today": "/today",
        "today-edit": edit_today,
        "today-undo": tick_today,
        "upcoming": "/upcoming",
        "search": "/search",
        "search-found": "/search?q=is:open+report",
        "search-wrong": "/search?q=report+due:soon",
        "search-help": "/search/help",
        "search-list-wrong": "/?q=report+due:soon",
        "filter": f"/filters/{saved.pk}",
        "filters": "/filters",
        "filter-new": "/filters/new?query=report",
        "filter-wrong": send(f"/filters/{saved.pk}/edit", "Save", name="", query="is:late"),
        "filter-delete": f"/filters/{saved.pk}/delete",
    }


def of_repeating(user: User) -> dict[str, Scene]:
    """A user with todos that repeat."""
    report = make_todo("Report on the week", f"{day(0)}T14:00:00", user=user, rule="FREQ=WEEKLY")
    make_todo(
        LONG, day(-2), user=user, rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", priority=Priority.HIGH
    )
    make_todo("Water the plants", day(1), user=user, rule="FREQ=DAILY;INTERVAL=2", labels=["home"])
    make_todo("Clean the filter", day(2), user=user, rule="FREQ=DAILY;INTERVAL=30", repeats_from_completion=True)
    make_todo("Once", day(3), user=user)
    other = make_todo(
        "Pay the rent", day(4), user=user, rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=12"
    )
    for skips in (False, False, True):
        end = skip_todo if skips else update_todo
        end(todo_list=make_list(user), todo_id=report.pk, **({} if skips else {"changes": {"completed": True}}))
    today = datetime.now(UTC)
    month = today.strftime("/calendar/%Y/%-m")

    def write(page: Page) -> None:
        page.goto("/")
        page.get_by_label("A new todo").press_sequentially("Essay every friday 2pm")
        page.get_by_text("Keep the text as it is").wait_for()

    def choose(page: Page, kind: str, *, ends: str = "") -> None:
        page.goto("/")
        page.get_by_label("A new todo").fill("Essay")
        page.get_by_text("Add details").click()
        form = page.locator("#add")
        form.get_by_label("Date", exact=True).fill("2031-01-31")
        form.get_by_label("Repeats").select_option(kind)
        if ends:
            form.get_by_label("Ends").select_option(ends)
        else:
            form.locator(".dates li").first.wait_for()

    def edit(page: Page) -> None:
        page.goto("/")
        page.get_by_role("link", name="Report on the week").click()
        page.get_by_label("Title").wait_for()

    def tick(page: Page) -> None:
        page.goto("/")
        page.get_by_role("button", name="Complete Water").click()
        page.get_by_role("button", name="Undo").wait_for()

    def select(page: Page) -> None:
        page.goto("/")
        page.get_by_role("checkbox", name="Select Pay the rent").check()

    return {
        "repeating-list": "/",
        "repeating-reading": write,
        "repeating-weekly": lambda page: choose(page, "weekly"),
        "repeating-monthly": lambda page: choose(page, "monthly"),
        "repeating-until": lambda page: choose(page, "yearly", ends="until"),
        "repeating-count": lambda page: choose(page, "daily", ends="count"),
        "repeating-edit": edit,
        "repeating-edit-page": f"/todos/{report.pk}",
        "repeating-custom": f"/todos/{other.pk}",
        "repeating-wrong": send(f"/todos/{other.pk}", "Save", repeat_rule="FREQ=HOURLY", date=""),
        "repeating-selected": select,
        "repeating-undo": tick,
        "repeating-today": "/today",
        "repeating-upcoming": "/upcoming",
        "repeating-search": "/search?q=is:repeating",
        "repeating-month": month,
        "repeating-day": (today + timedelta(days=3)).strftime("/calendar/%Y/%-m?day=%-d"),
        "repeating-next-month": (today + timedelta(days=31)).strftime("/calendar/%Y/%-m"),
        "repeating-next-agenda": (today + timedelta(days=31)).strftime("/calendar/%Y/%-m?view=agenda"),
        "repeating-agenda": f"{month}?view=agenda",
        "repeating-history": f"/todos/{report.pk}/history",
        "repeating-history-empty": f"/todos/{other.pk}/history",
    }


def of_jobs(user: User) -> dict[str, Scene]:
    """The export page in each state."""
    now = datetime.now(UTC)
    scenes, states = {}, ["ready", "left-out", "expired", "cancelled", "failed", "making", "next", "waiting"]
    for minutes, name in enumerate(states):
        # Jobs of the same calendar finish together, so each job has its own.
        job = make_job(user, alarm_minutes=minutes)
        jobs = CalendarJob.objects.filter(pk=job.pk)
        if name in {"ready", "left-out", "expired"}:
            build_calendar(job.calendar_id)
        if name == "left-out":
            aside = [{"uid": "", "title": "A title that no calendar takes", "reason": ""}]
            CalendarFile.objects.filter(jobs=job).update(skipped=aside)
        elif name == "expired":
            jobs.update(file=None)
        elif name == "cancelled":
            jobs.update(status=JobStatus.REVOKED, finished_at=now)
        elif name == "failed":
            CalendarJob.objects.fail(job.calendar, "The calendar could not be built.")
        elif name == "making":
            jobs.update(status=JobStatus.STARTED, started_at=now)
        elif name == "waiting":
            jobs.update(created_at=now - timedelta(minutes=1))
        scenes[f"export-{name}"] = f"/exports/{job.pk}"
    return scenes


def see_feeds(user: User) -> Feed:
    """Two feeds: one that nobody has fetched, and one that all kinds of clients have."""
    create_feed(todo_list=make_list(user), name="Work")
    feed = create_feed(todo_list=make_list(user), name="Phone", options={"completed": "all"})
    build_calendar(feed.calendar_id)
    file = {"events": 8, "bytes": 2_400, "first_deadline": None, "last_deadline": None}
    fetches = [("google", 200, False), ("apple", 304, False), ("outlook", 200, True), ("other", 503, False)]
    clients = {
        client: {"at": f"{day(-n)}T09:30:00", "status": status, "is_stale": is_stale, **file}
        for n, (client, status, is_stale) in enumerate(fetches)
    }
    aside = [{"uid": "", "title": "A title that no calendar takes", "reason": ""}]
    CalendarFile.objects.filter(calendar=feed.calendar).update(skipped=aside)
    Feed.objects.filter(pk=feed.pk).update(clients=clients)
    return feed


def edit_too_late(page: Page, todo: Todo, user: User) -> None:
    page.goto("/")
    page.get_by_role("link", name=todo.title).click()
    page.get_by_label("Title").fill("Mine")
    update_todo(todo_list=make_list(user), todo_id=todo.pk, changes={"description": f"{datetime.now(UTC)}"})
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()


def add_wrongly(page: Page) -> None:
    page.goto("/")
    page.get_by_label("A new todo").evaluate("(input) => { input.form.noValidate = true; }")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("A todo needs a title.").wait_for()


def of_the_lab() -> dict[str, Scene]:
    """The lab, an experiment that runs and one that is over, the tour, and two queues side by side."""
    running = start(DEFINITIONS["drop"], user_id=None)
    over = start(DEFINITIONS["ask"], user_id=None, count=3)
    with recorder.recording():
        build_calendar(CalendarJob.objects.filter(calendar__list=over.list_id).first().calendar_id)

    def open_answers(page: Page) -> None:
        page.goto("/machine/tour")
        for summary in page.get_by_role("main").locator("summary").all():
            summary.click()

    def compare_queues(page: Page) -> None:
        page.goto("/machine/queue")
        page.get_by_role("button", name="Send 100 messages").click()
        page.get_by_role("heading", name="FIFO", exact=True).wait_for()

    return {
        "lab": "/machine/lab",
        "lab-wrong": send("/machine/lab", "Start: Ask for files", count="1000"),
        "lab-running": f"/machine/lab/{running.pk}",
        "lab-over": f"/machine/lab/{over.pk}",
        "tour": open_answers,
        "queue": "/machine/queue",
        "queue-compared": compare_queues,
    }
