"""Where the story of what an event is about can be read."""

from django.urls import reverse

from observatory.models import Event


def story_url(event: Event) -> str:
    """Return the address of the story of the event's job, or else of its calendar; empty without either."""
    if event.job_id:
        return reverse("observatory:job", args=[event.job_id])
    return reverse("observatory:calendar", args=[event.calendar_id]) if event.calendar_id else ""
