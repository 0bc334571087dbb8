"""Priorities: words for people and the API, numbers in the database and in calendar files."""

from typing import Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Priority(models.IntegerChoices):
    """The numbers are those of calendar files (RFC 5545, 3.8.1.9), in which 1 is the highest."""

    NONE = 0, pgettext_lazy("priority", "None")
    HIGH = 1, pgettext_lazy("priority", "High")
    MEDIUM = 5, pgettext_lazy("priority", "Medium")
    LOW = 9, pgettext_lazy("priority", "Low")

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of_number(cls, number: int) -> Self:
        """Return what a number from 0 to 9 means in a file."""
        if number in (cls.NONE, cls.MEDIUM):
            return cls(number)
        return cls.HIGH if number < cls.MEDIUM else cls.LOW


PRIORITIES = {priority.word: priority for priority in Priority}
WORDS = {Priority.HIGH: _("high"), Priority.MEDIUM: _("medium"), Priority.LOW: _("low")}
PHRASES = {
    Priority.NONE: _("no priority"),
    Priority.HIGH: _("high priority"),
    Priority.MEDIUM: _("medium priority"),
    Priority.LOW: _("low priority"),
}

Number = TypeVar("Number", int, models.F)


def rank(priority: Number) -> Number:
    """Return the place of a priority, a number or an expression, in the order that begins with high ones."""
    return (priority + 9) % 10
