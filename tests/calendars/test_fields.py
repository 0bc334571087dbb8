"""Bodies are compressed on their way into the database."""

import pytest
from django.db import connection

from calendars.builds.build import build_calendar
from calendars.models import CalendarFile
from tests.factories import make_job, make_todo

pytestmark = pytest.mark.django_db


def stored() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM calendars_calendarfile")
        return bytes(cursor.fetchone()[0])


def test_body_is_stored_smaller_than_it_is_read():
    for _ in range(20):
        make_todo()
    build_calendar(make_job().calendar_id)

    file = CalendarFile.objects.get()
    assert file.body.startswith(b"BEGIN:VCALENDAR")
    assert len(stored()) < file.size / 3
    assert len(file.body) == file.size


def test_body_from_before_is_read_as_it_stands_and_built_upon():
    make_todo("Old")
    build_calendar(make_job().calendar_id)
    body = CalendarFile.objects.get().body
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calendars_calendarfile SET body = %s", [connection.Database.Binary(body)])
    assert stored() == CalendarFile.objects.get().body == body

    make_todo("New")
    build_calendar(make_job().calendar_id)
    newest = CalendarFile.objects.latest("pk").body
    assert b"SUMMARY:Old" in newest and b"SUMMARY:New" in newest


def test_bytes_are_a_filter_too():
    build_calendar(make_job().calendar_id)

    assert CalendarFile.objects.filter(body=CalendarFile.objects.get().body).exists()
