"""What Django's translations lack."""

from django.utils.formats import number_format


def ngettext_noop(one: str, several: str) -> tuple[str, str]:
    """Mark two texts for translation, one for a single thing and one for several; ngettext takes them later."""
    return one, several


def group_digits(number: int) -> str:
    """Return the number as the active language groups its digits: "10,000"."""
    return number_format(number, force_grouping=True)
