"""How pages look in a browser. It is a browser's own choice, in cookies, so that no page asks the database for it."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header

from web.time_format import TimeFormat, time_format

Handler = Callable[[HttpRequest], HttpResponseBase]

MAX_AGE = timedelta(days=400)  # browsers keep no cookie for longer


class Theme(models.TextChoices):
    """The colours of pages."""

    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Language(models.TextChoices):
    """The language of pages: those of the settings, each in its own words."""

    AUTO = "auto", _("As the browser")
    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    FRENCH = "fr", "Français"
    SPANISH = "es", "Español"


#: The cookies, each with its choices; the first is the default.
PREFERENCES: dict[str, type[models.TextChoices]] = {
    "theme": Theme,
    "time_format": TimeFormat,
    settings.LANGUAGE_COOKIE_NAME: Language,
}
# Of the languages that pages have, those with a 12-hour clock (CLDR, "timeData").
TWELVE_HOURS = {f"en-{region}" for region in ("au", "bd", "ca", "hk", "in", "my", "nz", "ph", "pk", "sg", "us")}
# What is the same for everybody: a fixed contract, and a place for administrators.
ENGLISH_NAMESPACES = {"api", "admin"}


class LanguageMiddleware:
    """Make pages in the language that the browser has chosen or asks for; the API and the admin are English.

    Django's own never ends a language: the thread's next request, on the fast path, would have it too.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.META.keys() & {"HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE"}:  # most programs
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Handler, *arguments: object) -> None:
        if translation.get_language() != settings.LANGUAGE_CODE and not ENGLISH_NAMESPACES.isdisjoint(
            request.resolver_match.namespaces
        ):
            translation.activate(settings.LANGUAGE_CODE)


class TimeFormatMiddleware:
    """Write the times of a page as its browser has chosen."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with time_format(preference(request, "time_format")):
            return self.get_response(request)


def preference(request: HttpRequest, name: str) -> str:
    """Return what the browser has chosen, or the default."""
    choices, value = PREFERENCES[name], request.COOKIES.get(name)
    if value in choices.values:
        return value
    return _usual_time_format(request) if name == "time_format" else choices.values[0]


def _usual_time_format(request: HttpRequest) -> str:
    """Return how times are written where the browser's first language is spoken, if that is the page's."""
    asked = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    if asked and asked[0][0] in TWELVE_HOURS and translation.get_language() == "en":
        return TimeFormat.HOURS_12
    return TimeFormat.HOURS_24


def remember(response: HttpResponse, chosen: dict[str, str]) -> None:
    """Have the browser keep what was chosen."""
    for name, value in chosen.items():
        response.set_cookie(
            name, value, max_age=MAX_AGE, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
