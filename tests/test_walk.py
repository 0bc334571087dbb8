"""Nobody reaches what is not theirs: every address of the project, with every method, by everybody else.

The addresses come from Django's resolver, so that none is missing. One with a parameter of an unknown name
fails the walk until OWNED or NEUTRAL says what to put there.
"""

import logging
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.models import ApiToken, Scope
from accounts.services import create_token, revoke_token
from calendars.builds.build import build_calendar
from calendars.feeds.services import create_feed, shown_token
from calendars.jobs.services import request_calendar
from calendars.models import Calendar, CalendarFile, CalendarJob, Feed, Worker
from calendars.options import CalendarOptions
from database.clock import now_ms
from followers.models import Delivery, Follower, Webhook
from followers.webhooks.services import create_webhook, send_test
from observatory.models import Experiment, ExperimentKind
from reminders.models import Browser, DueReminder, ListPlan, Notification, Reminder, ReminderSettings
from reminders.services import add_browser, set_defaults, set_reminders, update_settings
from reminders.services import send_test as send_test_mail
from reminders.times import Rule, RuleKind
from tests.factories import make_list, make_todo, make_user, share
from todos.deadlines import Deadline
from todos.models import Invitation, Label, Membership, PastOccurrence, SavedFilter, Todo, TodoList
from todos.services import create_filter, create_list, create_todo, find_list, invite_user, skip_todo

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
ADMIN_METHODS = ("GET", "POST")
DUE = Deadline.of_day(date(2026, 12, 1))
MARK = "wombat"  # in every text that a victim has

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# What stands for a parameter, by its name: a victim's own, or what belongs to nobody.
OWNED = {
    "list_id": "list",
    "todo_id": "todo",
    "job_id": "job",
    "calendar_id": "calendar",
    "feed_id": "feed",
    "token_id": "token",
    "filter_id": "filter",
    "label_id": "label",
    "member_id": "member",
    "invitation_id": "invitation",
    "webhook_id": "webhook",
    "delivery_id": "delivery",
    "reminder_id": "reminder",
    "browser_id": "browser",
    "experiment_id": "experiment",
}
NEUTRAL = {
    "year": "2026",
    "month": "12",
    "day": "24",
    "address": "x" * 43,
    "app_label": "todos",
    "url": "nothing",
    "uidb64": "MQ",
    "token": "a-wrong-one",
}
# Of the admin: each kind of row by the name of its model.
ADMIN_ROWS = {
    "user": "user", "group": "user", "apitoken": "token", "todolist": "list", "todo": "todo",
    "calendar": "calendar", "calendarjob": "job", "calendarfile": "file", "feed": "feed", "worker": "todo",
    "label": "label",
    "savedfilter": "filter",
    "reminder": "reminder", "remindersettings": "user", "browser": "browser", "listplan": "plan",
    "duereminder": "due", "notification": "notification",
    "membership": "member", "invitation": "invitation", "pastoccurrence": "past",
    "follower": "follower", "webhook": "webhook", "delivery": "delivery",
}  # fmt: skip
# What nobody may see in private mode: all but these.
PUBLIC = {
    "api/v1", "api/v1/health", "api/v1/ready", "api/v1/schema", "api/v1/schema/docs",
    "accounts/login", "accounts/signed-out", "accounts/sign-up", "accounts/password/forgotten",
    "accounts/password/sent", "accounts/language",
    "accounts/password/new/<uidb64>/<token>", "accounts/password/set", "accounts/password/changed", "admin/login/",
    "manifest.webmanifest", "service-worker.js",
    "reminders/worker.js", "reminders/done/<token>", "reminders/later/<token>", "reminders/unsubscribe/<token>",
    "reminders/confirm/<token>",
}  # fmt: skip


COPYING = "todos/copy"
WALK_MS = 600_000  # a walk may take longer than a heartbeat counts, and /ready is somewhere in it


@dataclass
class Victim:
    """Somebody with a row of every kind, and what these rows hold."""

    user: User | None
    ids: dict[str, Any] = field(default_factory=dict)
    rows: dict[type[models.Model], models.QuerySet] = field(default_factory=dict)

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        return {model.__name__: read(rows) for model, rows in self.rows.items()}


# Walks ask the same thousands of times, and Django takes longer to write such a statement than a database to answer it.
_statements: WeakKeyDictionary[models.QuerySet, tuple[str, tuple]] = WeakKeyDictionary()


def read(rows: models.QuerySet) -> list[dict[str, Any]]:
    """Return the rows as they stand in the database, in order."""
    if rows.query.is_empty():
        return []
    if rows not in _statements:
        _statements[rows] = rows.order_by("pk").values().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(*_statements[rows])
        names = [column.attname for column in rows.model._meta.concrete_fields]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(autouse=True)
def few_logs() -> Iterator[None]:
    """Of thousands of refused requests, none needs a warning; what fails is an error."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def make_reminders(user: User, todo_list: TodoList, todo: Todo) -> dict[str, Any]:
    [reminder] = set_reminders(user=user, todo=todo, rules=[Rule(RuleKind.DAY, 540)])
    set_defaults(user=user, todo_list=todo_list, rules=[Rule(RuleKind.BEFORE, 10)])
    update_settings(user=user, changes={"digest_at": 480})
    browser = add_browser(user=user, name=f"{MARK} browser", endpoint="https://p.example.org", p256dh="", auth="")
    send_test_mail(user=user)
    return {
        "reminder": reminder.pk,
        "browser": browser.pk,
        "plan": ListPlan.objects.get(list=todo_list).pk,
        "due": DueReminder.objects.get().pk,
        "notification": Notification.objects.get().pk,
    }


def make_victim(user: User | None, todo_list: TodoList) -> Victim:
    texts = {"title": f"{MARK} title", "description": f"{MARK} description", "labels": [f"{MARK} label"]}
    todo = create_todo(todo_list=todo_list, due=DUE, rule="FREQ=DAILY", **texts)
    skip_todo(todo_list=todo_list, todo_id=todo.pk)
    trashed = create_todo(todo_list=todo_list, title=f"{MARK} trash", due=DUE)
    Todo.objects.filter(pk=trashed.pk).update(deleted_at=trashed.created_at)
    TodoList.objects.filter(pk=todo_list.pk).update(name=f"{MARK} list")
    job = request_calendar(todo_list=todo_list, options=CalendarOptions())
    build_calendar(job.calendar_id)
    feed = create_feed(todo_list=todo_list, name=f"{MARK} feed")
    ids = {"todo": todo.pk, "list": todo_list.pk, "job": job.pk, "feed": feed.pk, "calendar": job.calendar_id}
    ids["past"] = PastOccurrence.objects.get(todo=todo).pk
    label = Label.objects.of_owner(user and user.pk).get()
    ids["label"] = label.pk
    ids["file"] = CalendarFile.objects.get(calendar=job.calendar_id).pk
    ids["user"] = user.pk if user else 0
    ids["token"] = create_token(user=user, name=f"{MARK} token", scope=Scope.WRITE)[0].pk if user else 0
    ids["filter"] = create_filter(user=user, name=f"{MARK} filter", query=MARK).pk if user else 0
    ids["member"] = ids["invitation"] = ids["delivery"] = ids["follower"] = 0
    ids["webhook"] = uuid.uuid4()
    experiment = {"kind": ExperimentKind.ASK, "list_id": todo_list.pk, "started_at_ms": 0, "ends_at_ms": 0}
    ids["experiment"] = Experiment.objects.create(user_id=user and user.pk, **experiment).pk
    ids |= dict.fromkeys(("reminder", "browser", "plan", "due", "notification"), 0)
    if user:
        url = f"https://{MARK}.example"
        webhook, _ = create_webhook(user=user, todo_list=todo_list, name=f"{MARK} webhook", url=url)
        ids["webhook"], ids["follower"] = webhook.pk, webhook.follower_id
        ids["delivery"] = send_test(user=user, webhook_id=webhook.pk).pk
        ids |= make_reminders(user, todo_list, todo)
        todo_list.refresh_from_db()
        friend = User.objects.create(username=f"{MARK} friend")
        share(todo_list, friend, "editor")
        ids["member"] = Membership.objects.get(user=friend).pk
        ids["invitation"] = invite_user(todo_list=todo_list, user_name=f"{MARK} guest", role="viewer").pk
    own = {"user": user and user.pk}
    rows = {
        Experiment: Experiment.objects.filter(user_id=user and user.pk),
        Reminder: Reminder.objects.filter(**own),
        ReminderSettings: ReminderSettings.objects.filter(**own),
        Browser: Browser.objects.filter(**own),
        SavedFilter: SavedFilter.objects.of_user(user) if user else SavedFilter.objects.none(),
        Todo: Todo.objects.filter(list=todo_list),
        PastOccurrence: PastOccurrence.objects.filter(list=todo_list),
        TodoList: TodoList.objects.filter(pk=todo_list.pk),
        Label: Label.objects.filter(pk=label.pk),
        Calendar: Calendar.objects.filter(list=todo_list),
        CalendarJob: CalendarJob.objects.filter(calendar__list=todo_list),
        CalendarFile: CalendarFile.objects.filter(calendar__list=todo_list),
        Feed: Feed.objects.filter(calendar__list=todo_list),
        Membership: Membership.objects.filter(list=todo_list),
        Invitation: Invitation.objects.filter(list=todo_list),
        Follower: Follower.objects.filter(list=todo_list),
        Webhook: Webhook.objects.filter(follower__list=todo_list),
        Delivery: Delivery.objects.filter(webhook__follower__list=todo_list),
        ApiToken: ApiToken.objects.filter(user=user) if user else ApiToken.objects.none(),
        User: User.objects.filter(pk=ids["user"]),
    }
    return Victim(user, ids, rows)


def addresses() -> Iterator[str]:
    """Yield every address as it is written in the URL configuration."""

    def walk(resolver: URLResolver, path: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry, path + str(entry.pattern))
            else:
                yield path + str(entry.pattern)

    yield from walk(get_resolver(), "")


def parameters(address: str) -> set[str]:
    return set(PARAMETER.findall(address))


def fill(address: str, victim: Victim) -> str:
    """Return the address with the victim's own ids in it."""
    path = address
    for name in parameters(address):
        if name in {"object_id", "id", "content_type_id"}:  # the admin's
            kind = address.split("/")[2] if name != "content_type_id" else ""
            value = victim.ids[ADMIN_ROWS[kind]] if kind in ADMIN_ROWS else 1
        elif name in OWNED:
            value = victim.ids[OWNED[name]]
        else:
            assert name in NEUTRAL, f"{address}: tell the walk what to put for {name}, in OWNED or NEUTRAL"
            value = NEUTRAL[name]
        path = replace_parameter(path, name, str(value))
    assert not set("<>()") & set(path), f"{address}: the walk cannot fill {path}"
    return "/" + path.strip("^$")


def replace_parameter(path: str, name: str, value: str) -> str:
    """Replace ``<int:name>``, ``<name>`` or ``(?P<name>…)``."""
    if (start := path.find(f"(?P<{name}>")) >= 0:
        return path[:start] + value + path[path.index(")", start) + 1 :]
    end = path.index(f"{name}>") + len(name) + 1
    return path[: path.rindex("<", 0, end)] + value + path[end:]


def body_for(victim: Victim, *, is_api: bool) -> dict[str, Any]:
    """Return what does most harm where it is taken."""
    todo = victim.ids["todo"]
    if is_api:
        return {"title": "taken", "items": [{"id": todo, "action": "delete"}], "name": "taken"}
    names = ("ids", "id", "todo", "todos", "todo_id", "selected", "_selected_action")
    words = {"action": "delete", "title": "taken", "post": "yes", "name": "taken"}
    return dict.fromkeys(names, str(todo)) | {"list": str(victim.ids["list"])} | words


def send(client: Client, method: str, path: str, victim: Victim) -> HttpResponse:
    is_api = path.startswith("/api/")
    body = body_for(victim, is_api=is_api)
    headers = {"Accept": "application/json"} if is_api else {}
    if is_api and path.endswith("bulk"):
        body = {"items": body["items"]}
    elif is_api and "/todos" in path:
        body = {"title": "taken"}
    elif is_api and "/members" in path:
        body = {"role": "viewer"} | ({} if path[-1].isdigit() else {"name": "taken"})
    elif is_api and "/invitations" in path:
        body = {"role": "editor"}
    elif is_api:
        body = {"name": "taken"}
    if method in {"GET", "HEAD"}:
        return getattr(client, method.lower())(path, headers=headers)
    call = getattr(client, method.lower())
    if is_api:
        return call(path, body, "application/json", headers=headers)
    return call(path, body, headers=headers) if method == "POST" else call(path, "a=1", "text/plain")


# Who comes with a token or session that counts no more. In open mode too, they change nothing by it.
WITH_TOKEN = {"revoked", "disabled's token"}
WITH_SESSION = {"disabled", "ended"}


def callers() -> dict[str, Client]:
    other, late, disabled = make_user("other"), make_user("late"), make_user("disabled")
    make_todo("other's own", user=other)
    make_todo("disabled's own", user=disabled)
    token, secret = create_token(user=late, name="late", scope=Scope.WRITE)
    revoke_token(user=late, token_id=token.pk)
    _, disabled_secret = create_token(user=disabled, name="disabled", scope=Scope.WRITE)
    User.objects.filter(pk=disabled.pk).update(is_active=False)

    def client(secret: str = "") -> Client:
        return Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"} if secret else {}
        )

    return {
        "other": client(),
        "nobody": client(),
        "revoked": client(secret),
        "disabled's token": client(disabled_secret),
        "disabled": client(),
        "ended": client(),
    }


def sign_in_again(client: Client, name: str, session: str) -> str:
    """Renew a caller's session if the request before has ended it, as the sign-out does; return its key."""
    if not session or client.cookies[settings.SESSION_COOKIE_NAME].value != session:
        sign_in(client, name)
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def sign_in(client: Client, name: str) -> None:
    if name == "other":
        client.force_login(User.objects.get_or_create(username="other")[0])
    elif name == "disabled":
        client.force_login(User.objects.get(username="disabled"))
    elif name == "ended":
        client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32


def is_served_as_nobody(name: str, method: str, address: str) -> bool:
    """Return whether the caller reaches the open list in open mode: pages know no tokens, and all may read."""
    if name in WITH_TOKEN:
        return not address.startswith("api/")
    return name in WITH_SESSION and method in {"GET", "HEAD"}


def text_of(answer: HttpResponse) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace") + str(answer.headers)


@pytest.mark.parametrize("mode", ["open", "private"])
@pytest.mark.parametrize("whose", ["a user's", "a user's other list's", "the open list's"])
def test_nobody_reaches_what_is_not_theirs(mode: str, whose: str, settings: object, admin_user: User) -> None:
    settings.MODE = mode
    settings.LAB, settings.DEPLOYED = True, False
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS)
    Worker.objects.create(id="w", last_heartbeat_ms=now_ms() + WALK_MS)
    ann = None if whose == "the open list's" else make_user("ann")
    victim = make_victim(ann, create_list(user=ann, name="other") if "other" in whose else make_list(ann))
    before = victim.snapshot()
    by = callers()
    if victim.user is None and mode == "open":
        del by["nobody"]  # it is their own
    seen = 0
    for address in addresses():
        path, sessions = fill(address, victim), dict.fromkeys(by, "")
        for name, method in product(by, ADMIN_METHODS if address.startswith("admin/") else METHODS):
            if address == COPYING and victim.user is None and mode == "open":
                continue  # whoever signs out sees that list anyway, and may take copies along
            if victim.user is None and mode == "open" and is_served_as_nobody(name, method, address):
                continue
            sessions[name] = sign_in_again(by[name], name, sessions[name])
            answer = send(by[name], method, path, victim)
            case = f"{method} {path} as {name} in {mode} mode: {answer.status_code}"
            check(case, address, method, name, mode, answer)
            seen += 1
        assert victim.snapshot() == before, f"{path} in {mode} mode"
    assert seen > 600


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize("which", ["default", "other"])
def test_members_do_what_their_role_is_for(role: str, which: str, settings: object) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS)
    ann, member = make_user("ann"), User.objects.create(username="member")
    victim = make_victim(ann, create_list(user=ann, name="other") if which == "other" else make_list(ann))
    victim.rows[Membership] = victim.rows[Membership].exclude(user=member)
    victim.rows[Feed] = victim.rows[Feed].exclude(created_by=member)
    todo_list = TodoList.objects.get(pk=victim.ids["list"])
    share(todo_list, member, role)
    secret = shown_token(Feed.objects.get())
    # They may ask for files, and an editor changes todos; what builds and changes leave behind says no more.
    shared = {Calendar, CalendarJob, CalendarFile} | ({Todo, PastOccurrence} if role == "editor" else set())
    for model in shared:
        del victim.rows[model]
    client, before = Client(raise_request_exception=False), what_stays(victim, role)
    seen = refused = 0
    for address in addresses():
        if "list_id" not in parameters(address):
            continue
        path = fill(address, victim)
        for method in METHODS:
            client.force_login(member)
            answer = send(client, method, path, victim)
            case = f"{method} {path} as {role}: {answer.status_code}"
            assert answer.status_code < 500, case
            text = text_of(answer)
            assert secret not in text and f"{MARK} feed" not in text and f"{MARK} guest" not in text, case
            assert what_stays(victim, role) == before, case
            is_unsafe = method in {"POST", "PUT", "PATCH", "DELETE"}
            if is_unsafe and role == "viewer" and not MAY_BE_DONE.search(address):
                assert answer.status_code in {400, 403, 404, 405, 415}, case
                refused += answer.status_code == 403
            if not Membership.objects.filter(user=member).exists():
                assert address.endswith("leave"), case
                share(todo_list, member, role)
            seen += 1
    assert seen > 200
    assert refused > 20 or role == "editor"


@pytest.mark.parametrize("role", ["owner", "editor", "viewer"])
@pytest.mark.parametrize("which", ["default", "other"])
def test_token_for_another_list_reaches_nothing(role: str, which: str, settings: object) -> None:
    """Who comes with it may do all that their role is for, but with this token only in a list apart."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS)
    Worker.objects.create(id="w", last_heartbeat_ms=now_ms() + WALK_MS)
    victim, user, _ = make_shared_victim(role, which)
    apart = create_list(user=user, name="apart")
    client = restricted_client(victim, user, apart)
    before, seen = victim.snapshot(), 0
    for address in addresses():
        if not address.startswith("api/") or address in PUBLIC:
            continue
        path = fill(address, victim)
        for method in METHODS:
            answer = send(client, method, path, victim)
            case = f"{method} {path} as {role}: {answer.status_code}"
            assert MARK not in text_of(answer), case
            if address == "api/v1/lists" and method in {"GET", "HEAD"}:
                assert answer.status_code == 200, case
                assert method == "HEAD" or [one["id"] for one in answer.json()] == [apart.pk], case
            elif address.endswith("todos/<int:todo_id>") and method == "DELETE" and answer.status_code == 200:
                assert answer.json() == {}, case
            elif method != "OPTIONS":
                assert answer.status_code in {404, 405, 415}, case
            seen += 1
        assert victim.snapshot() == before, path
    assert seen > 200


@pytest.mark.parametrize("role", ["owner", "editor", "viewer"])
def test_token_for_a_list_opens_its_todos_and_nothing_else(role: str, settings: object) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS)
    victim, user, todo_list = make_shared_victim(role, "other")
    secret = shown_token(Feed.objects.get())
    client = restricted_client(victim, user, todo_list)
    for model in {Calendar, CalendarJob, CalendarFile} | ({Todo, PastOccurrence} if role != "viewer" else set()):
        del victim.rows[model]
    before, opened = what_stays(victim, "editor"), set()
    hidden = (secret, f"{MARK} feed", f"{MARK} guest", f"{MARK} friend", f"{MARK} token", f"{MARK} filter")
    for address in addresses():
        if not address.startswith("api/") or address in PUBLIC:
            continue
        path = fill(address, victim)
        for method in METHODS:
            answer = send(client, method, path, victim)
            case = f"{method} {path} as {role}: {answer.status_code}"
            assert answer.status_code < 500, case
            assert not any(text in text_of(answer) for text in hidden), case
            assert what_stays(victim, "editor") == before, case
            if answer.status_code < 300 and method != "OPTIONS":
                opened.add(address.replace("/lists/<int:list_id>/", "/"))
    jobs = {f"api/v1/todos/ical/<uuid:job_id>/{name}" for name in ("status", "result")}
    reading = {"api/v1/lists", "api/v1/lists/<int:list_id>", "api/v1/todos", "api/v1/todos/ical", *jobs}
    writing = {"api/v1/todos/bulk", "api/v1/todos/ical/<uuid:job_id>", "api/v1/trash"}
    of_one_todo = {address for address in opened if address.startswith("api/v1/todos/<int:todo_id>")}
    assert of_one_todo
    assert opened - of_one_todo == reading | (writing if role != "viewer" else set())


def test_ids_that_no_column_can_hold_are_found_nowhere(settings: object) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS)
    owner = make_user("ann")
    victim = make_victim(owner, make_list(owner))
    client, seen = Client(raise_request_exception=False), 0
    for address in addresses():
        for name in re.findall(r"<int:(\w+_id)>", address):
            beyond = Victim(owner, victim.ids | {OWNED[name]: 10**30})
            for method in METHODS:
                client.force_login(owner)
                status = send(client, method, fill(address, beyond), beyond).status_code
                assert status < 500, f"{method} {address}"
                seen += 1
    assert seen > 300


def make_shared_victim(role: str, which: str) -> tuple[Victim, User, TodoList]:
    """Return ann's rows, and the user who has the role in her list, with the list as they find it."""
    ann = make_user("ann")
    victim = make_victim(ann, create_list(user=ann, name="other") if which == "other" else make_list(ann))
    todo_list = find_list(user=ann, list_id=victim.ids["list"])
    if role == "owner":
        return victim, ann, todo_list
    member = User.objects.create(username="member")
    todo_list = share(todo_list, member, role)
    make_list(member)
    return victim, member, todo_list


def restricted_client(victim: Victim, user: User, todo_list: TodoList) -> Client:
    token, secret = create_token(user=user, name="apart", scope=Scope.WRITE, list_ids=[todo_list.pk])
    victim.rows[ApiToken] = victim.rows[ApiToken].exclude(pk=token.pk)  # it says when it was used
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})


# What a viewer does beside reading.
MAY_BE_DONE = re.compile(
    r"/leave$|/feeds|/todos/ical$|/exports(/<uuid:job_id>/(again|retry))?$|/todos/undo$|/share$|/reminders"
)


def what_stays(victim: Victim, role: str) -> dict[str, list]:
    """Return what a member never changes: an editor's changes of todos count up the list's revision and wake its
    followers, and reminders go with their todos.
    """
    rows = victim.snapshot()
    if role == "editor":
        counted = {"revision", "todo_count_upper_bound", "byte_count_upper_bound", "purged_revision"}
        counted |= {"due_at_ms", "first_change_at_ms"}
        for model in ("TodoList", "Follower"):
            rows[model] = [{k: v for k, v in row.items() if k not in counted} for row in rows[model]]
        rows["Reminder"] = [row for row in rows["Reminder"] if row["todo_id"] is None]
    return rows


def check(case: str, address: str, method: str, name: str, mode: str, answer: HttpResponse) -> None:
    status = answer.status_code
    assert status < 500, case
    assert MARK not in text_of(answer), case
    if status == 405 or method == "OPTIONS":  # which says what an address takes, whoever asks
        return
    if name != "other" and mode == "private" and address not in PUBLIC:
        assert status in {301, 302, 401, 403, 404}, case
    if name in WITH_TOKEN and address.startswith("api/"):
        assert status == 401 or address in PUBLIC, case
    if name in WITH_SESSION and method not in {"GET", "HEAD"} and address not in PUBLIC | {"accounts/logout"}:
        # Not even what would change nobody's list.
        assert status in ({401} if address.startswith("api/") else {403}), case
    if address.startswith("admin/") and not address.startswith(("admin/login", "admin/logout", "admin/jsi18n")):
        assert status in {302, 403, 404}, case
    if OWNED.keys() & parameters(address) and 200 <= status < 300:
        assert (method, answer.content) == ("DELETE", b"{}"), case
