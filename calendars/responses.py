"""Calendar files over HTTP."""

from django.http import HttpResponse

from calendars.models import CalendarFile

CONTENT_TYPE = "text/calendar; charset=utf-8"
DOWNLOAD_NAME = "todos.ics"


def calendar_download(file: CalendarFile) -> HttpResponse:
    """Return the file for a browser to save or to open in the calendar app."""
    return HttpResponse(
        file.body,
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{DOWNLOAD_NAME}"'},
    )
