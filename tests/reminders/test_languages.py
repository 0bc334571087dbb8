"""Mails, and what browsers show, are in the language that the user has chosen."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from reminders.models import ReminderSettings
from reminders.services import add_browser, get_settings, set_reminders, update_settings
from reminders.times import Rule, RuleKind, to_ms
from tests.database.clock import DatabaseClock
from tests.factories import make_todo
from tests.reminders.conftest import Mailbox
from tests.reminders.push_service import PushService
from todos import humanize
from todos.agenda import Clock
from todos.deadlines import parse_deadline
from todos.humanize import exact_day, relative_deadline

TIME = to_ms(datetime(2026, 12, 1, 17, 50, tzinfo=UTC))
DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
EXACT = {
    "en": "{weekday} {day} {month} {year}",
    "de": "{weekday}, {day}. {month} {year}",
    "fr": "{weekday} {day} {month} {year}",
    "es": "{weekday}, {day} de {month} de {year}",
}


def test_every_language_that_can_be_chosen_has_dates() -> None:
    assert {*dict(settings.LANGUAGES)} == {*humanize.LANGUAGES} == {*DAYS}


@pytest.mark.parametrize("language", DAYS)
def test_every_day_and_month_has_its_name(language: str) -> None:
    weekdays, months = DAYS[language].split(), MONTHS[language].split()
    for after in range(366):
        day = date(2026, 1, 1) + timedelta(days=after)
        names = {"weekday": weekdays[day.weekday()], "month": months[day.month - 1]}
        with translation.override(language):
            number = "1er" if language == "fr" and day.day == 1 else day.day
            assert exact_day(day) == EXACT[language].format(day=number, year=day.year, **names)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "yesterday/today/tomorrow/3 days ago/Fri 14:00/8 Dec/1 Jan 2027"),
        ("de", "gestern/heute/morgen/vor 3 Tagen/Freitag 14:00/8. Dezember/1. Januar 2027"),
        ("fr", "hier/aujourd’hui/demain/il y a 3 jours/vendredi 14:00/8 décembre/1er janvier 2027"),
        ("es", "ayer/hoy/mañana/hace 3 días/viernes 14:00/8 de diciembre/1 de enero de 2027"),
        ("de-at", "gestern/heute/morgen/vor 3 Tagen/Freitag 14:00/8. Dezember/1. Januar 2027"),
        ("it", "yesterday/today/tomorrow/3 days ago/Fri 14:00/8 Dec/1 Jan 2027"),
    ],
)
def test_near_days_have_names(language: str, expected: str) -> None:
    clock = Clock(datetime(2026, 12, 1, 9, tzinfo=UTC), ZoneInfo("UTC"))
    deadlines = "2026-11-30 2026-12-01 2026-12-02 2026-11-28 2026-12-04T14:00:00 2026-12-08 2027-01-01"
    with translation.override(language):
        shown = [relative_deadline(parse_deadline(text), clock) for text in deadlines.split()]
    assert "/".join(shown) == expected


@pytest.mark.parametrize(
    ("language", "time_format", "relative", "exact"),
    [
        ("en", "24", "tomorrow 14:00", "Wednesday 2 December 2026, 14:00 UTC"),
        ("de", "24", "morgen 14:00", "Mittwoch, 2. Dezember 2026, 14:00 UTC"),
        ("fr", "24", "demain 14:00", "mercredi 2 décembre 2026, 14:00 UTC"),
        ("es", "24", "mañana 14:00", "miércoles, 2 de diciembre de 2026, 14:00 UTC"),
        ("en", "12", "tomorrow 2:00 pm", "Wednesday 2 December 2026, 2:00 pm UTC"),
    ],
)
def test_reminder_is_in_the_language_of_its_reader(
    clock: DatabaseClock,
    mailbox: Mailbox,
    push_service: PushService,
    send_due: Callable[[], None],
    ada: User,
    language: str,
    time_format: str,
    relative: str,
    exact: str,
) -> None:
    clock.now = TIME - 3_600_000
    update_settings(user=ada, changes={"language": language, "time_format": time_format})
    add_browser(user=ada, name="Chrome", **push_service.subscription)
    moment = datetime(2026, 12, 1, 17, 50, tzinfo=UTC)
    todo = make_todo("Essay", "2026-12-02T14:00:00Z", user=ada)
    set_reminders(user=ada, todo=todo, rules=[Rule(RuleKind.MOMENT, moment=moment)])
    clock.now = TIME
    send_due()
    with translation.override(language):
        subject, due, later = (gettext(text) for text in ("%(title)s, due %(due)s", "Due %(due)s", "In an hour"))
    assert (due == "Due %(due)s") == (language == "en")
    [mail] = mailbox.received
    assert mail["Subject"] == subject % {"title": "Essay", "due": relative}
    for part in ("plain", "html"):
        assert due % {"due": exact} in mail.get_body((part,)).get_content()
    assert f'<html lang="{language}">' in mail.get_body(("html",)).get_content()
    [message] = push_service.received
    assert message["body"] == due % {"due": relative}
    assert later in {action["title"] for action in message["actions"]}


def test_each_reader_has_their_own_language_in_one_batch(
    clock: DatabaseClock, mailbox: Mailbox, send_due: Callable[[], None], ada: User
) -> None:
    clock.now = TIME - 3_600_000
    bob = User.objects.create(username="bob", email="bob@example.org")
    update_settings(user=bob, changes={"language": "de", "digest_at": 18 * 60})
    update_settings(user=ada, changes={"digest_at": 18 * 60})
    type(get_settings(bob)).objects.filter(pk=bob.pk).update(confirmed_email=bob.email)
    for user in (ada, bob):
        make_todo("Essay", "2026-12-01", user=user)
    clock.now = TIME + 10 * 60_000
    send_due()
    texts = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in mailbox.received}
    assert "Tuesday 1 December 2026" in texts["ada@example.org"]
    assert "* Essay, today" in texts["ada@example.org"]
    assert "Dienstag, 1. Dezember 2026" in texts["bob@example.org"]
    assert "* Essay, heute" in texts["bob@example.org"]
    assert translation.get_language() == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "kept"), [("de-AT,de", "de"), ("en", None), ("it", None)])
def test_first_messages_are_in_the_language_of_the_page(
    client: Client, push_service: PushService, asked: str, kept: str | None
) -> None:
    for place, (path, form) in enumerate(
        [("confirm", {}), ("browsers", {"name": "Chrome"} | push_service.subscription)]
    ):
        user = User.objects.create(username=f"user-{place}", email=f"{place}@example.org")
        client.force_login(user)
        for language in (asked, "fr"):  # the first has settings then, if it is not the default
            page = client.get("/settings/reminders", headers={"Accept-Language": language}).text
            client.post(f"/settings/reminders/{path}", form, headers={"Accept-Language": language})
            if language == asked:
                assert f'<option value="{kept or "en"}" selected>' in page
                row = ReminderSettings.objects.filter(pk=user.pk).first()
                assert (row and row.language) == kept
        assert ReminderSettings.objects.get(pk=user.pk).language == (kept or "fr")


def test_language_is_chosen_on_the_page(client: Client, ada: User) -> None:
    client.force_login(ada)
    client.post("/settings/reminders", {"by_email": "on", "language": "es"})
    assert get_settings(ada).language == "es"
    client.post("/settings/reminders", {"by_email": "on", "time_format": "12"})
    client.post("/settings/reminders", {"by_email": "on"})  # a page from before there was a choice
    assert (get_settings(ada).language, get_settings(ada).time_format) == ("es", "12")
    assert '<option value="es" selected>Español</option>' in client.get("/settings/reminders").text
    assert client.post("/settings/reminders", {"by_email": "on", "language": "it"}).status_code == 422
