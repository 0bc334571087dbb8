"""Pages are in the language that a browser has chosen or asks for; the API and the admin are English."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from accounts.mail import sender
from scripts import messages
from tests.factories import make_list, make_todo, make_user
from todos.agenda import Clock
from todos.live import Watched
from todos.quick_add import read, read_deadline
from todos.recurrence.rule import parse_rule
from todos.recurrence.words import describe
from todos.views import pushed
from web.preferences import ENGLISH_NAMESPACES, Language, LanguageMiddleware, preference

WORDS = {
    "today": "2026-12-01",
    "tomorrow": "2026-12-02",
    "next week": "2026-12-07",
    "friday 2pm": "2026-12-04T14:00:00",
}
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def test_every_language_can_be_chosen_and_is_translated() -> None:
    assert {*Language.values} == {"auto", *dict(project.LANGUAGES)}
    assert {project.LANGUAGE_CODE, *messages.LANGUAGES} == {*dict(project.LANGUAGES)}
    assert dict(project.LANGUAGES).items() <= {(one.value, one.label) for one in Language}


@pytest.mark.parametrize(
    ("asked", "chosen", "language"),
    [
        ("", None, "en"), ("de-AT,de;q=0.9", None, "de"), ("it,fr;q=0.5", None, "fr"), ("it", None, "en"),
        ("de", "es", "es"), ("de", "auto", "de"), ("de", "it", "de"), ("es", "x" * 5_000, "es"), ("fr", "en", "en"),
        ("x" * 5_000, None, "en"), (";;;q=x", None, "en"),
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_page_is_in_the_language_of_its_reader(
    client: Client, asked: str, chosen: str | None, language: str
) -> None:
    make_todo("Essay", "2031-05-14T14:05:00")
    if chosen is not None:
        client.cookies["language"] = chosen
    page = client.get("/", headers={"Accept-Language": asked})
    assert f'<html lang="{language}">' in page.text
    written = {"en": "14 May 2031", "de": "14. Mai 2031", "fr": "14 mai 2031", "es": "14 de mayo de 2031"}
    assert f"{written[language]} 14:05" in page.text
    assert translation.get_language() == "en"  # of the thread, which answers the next request


@pytest.mark.django_db
def test_language_is_chosen_in_the_settings(client: Client) -> None:
    answer = client.post("/accounts/appearance", {"theme": "auto", "time_format": "24", "language": "de"})
    assert answer.cookies["language"].value == "de"
    page = client.get("/settings").text
    assert '<html lang="de">' in page
    assert '<input type="radio" name="language" value="de"' in page
    assert client.post("/accounts/appearance", {"theme": "auto", "language": "it"}).status_code == 422
    client.post(
        "/accounts/appearance", {"theme": "dark", "time_format": "24"}
    )  # a page from before there was a choice
    assert '<html lang="de">' in client.get("/").text


@pytest.mark.django_db
def test_language_is_chosen_before_signing_in(client: Client, settings: object) -> None:
    settings.MODE = "private"
    page = client.get("/accounts/login?next=/lists")
    assert 'name="language" value="fr" lang="fr"' in page.text
    back = {"Referer": "http://testserver/accounts/login?next=/lists"}
    answer = client.post("/accounts/language", {"language": "fr"}, headers=back)
    assert answer.headers["Location"] == "/accounts/login?next=/lists"
    page = client.get("/accounts/login").text
    assert '<html lang="fr">' in page
    assert all(f' lang="{code}"' in page and f">{name}</button>" in page for code, name in project.LANGUAGES)
    for wrong in ("it", ""):
        client.post("/accounts/language", {"language": wrong}, headers=back)
        assert '<html lang="fr">' in client.get("/accounts/login").text
    elsewhere = client.post("/accounts/language", {"language": "de"}, headers={"Referer": "http://elsewhere/x"})
    assert elsewhere.headers["Location"] == "/accounts/login"


@pytest.mark.django_db
def test_error_pages_are_in_the_language_of_their_reader(client: Client, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    strict = Client(enforce_csrf_checks=True)
    for answer in (
        client.get("/nothing", headers=GERMAN),
        client.get("/", headers=GERMAN | {"Host": "elsewhere"}),
        strict.post("/todos/add", {"title": "Essay"}, headers=GERMAN),
        client.post("/import", headers=GERMAN | {"Content-Length": "999999999"}),
    ):
        assert answer.status_code >= 400
        assert '<html lang="de">' in answer.text, answer.status_code


@pytest.mark.django_db
def test_api_is_english_whatever_is_asked_for() -> None:
    """With a session and on the fast path, right and wrong, and where Django has a translation of its own."""
    ada = make_user("ada")
    signed_in = Client()
    signed_in.force_login(ada)
    for client in (Client(), signed_in):
        client.cookies["language"] = "de"
        for method, path, body in (
            ("get", "/api/v1/todos/9", None),
            ("post", "/api/v1/todos", {"title": ""}),
            ("post", "/api/v1/todos", {"title": "x", "due_date": "never"}),
            ("put", "/api/v1/todos", {}),
            ("get", "/api/v1/nothing", None),
        ):
            send = {"content_type": "application/json", "data": body} if body is not None else {}
            plain = Client()
            if client is signed_in:
                plain.force_login(ada)
            before = getattr(plain, method)(path, **send)
            after = getattr(client, method)(path, headers=GERMAN, **send)
            assert (after.status_code, after.content) == (before.status_code, before.content)
    page = signed_in.get("/api/v1/todos", headers=GERMAN | {"Accept": "text/html"})
    assert 'lang="de"' not in page.text
    assert 'lang="en' in Client().get("/admin/login/", headers=GERMAN).text
    english = Client()
    english.force_login(ada)
    data, expected = (client.get("/accounts/data.json").json() for client in (signed_in, english))
    assert data | {"exported_at": ""} == expected | {"exported_at": ""}
    assert data["list"]["week_start"] == "Monday"


def views(patterns: list, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[object, tuple[str, ...]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            own = (pattern.namespace,) if pattern.namespace else ()
            yield from views(pattern.url_patterns, namespaces + own)
        elif isinstance(pattern, URLPattern):
            yield pattern.callback, namespaces


def test_every_view_of_the_api_is_among_those_that_are_english() -> None:
    found = [*views(get_resolver().url_patterns)]
    of_api = [names for view, names in found if issubclass(getattr(view, "cls", object), APIView)]
    assert len(of_api) > 20
    assert not [names for names in of_api if not ENGLISH_NAMESPACES & {*names}]


def test_language_ends_with_its_request() -> None:
    """Also if the view fails; and a request that asks for none has the default, whatever its thread did before."""
    seen = []

    def fail(request: object) -> None:
        seen.append(translation.get_language())
        raise ValueError

    requests = RequestFactory()
    for headers in (GERMAN, {}):
        with pytest.raises(ValueError):
            LanguageMiddleware(fail)(requests.get("/", headers=headers))
    assert seen == ["de", "en"]
    assert translation.get_language() == "en"


@pytest.mark.django_db
def test_what_is_pushed_to_many_pages_is_in_their_language(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People who are not signed in share one rendering, but only with those who read the same language."""
    monkeypatch.setattr(pushed, "FEW_PAGES", 0)
    make_todo("Essay", "2031-05-14T14:05:00")
    todo_list, watched = make_list(), {}
    for language in ("de", "fr"):
        request = RequestFactory().get("/events?page=", headers={"Accept-Language": language})
        request.user = type("Nobody", (), {"is_authenticated": False})()
        with translation.override(language):
            watched[language] = Watched(0, todo_list.pk, "", page=pushed.shown_page(request))
    assert watched["de"] != watched["fr"]
    contents = pushed.render_pages(dict.fromkeys(watched.values(), 9))
    assert "14. Mai 2031" in contents[watched["de"]]["html"]
    assert "14 mai 2031" in contents[watched["fr"]]["html"]


@pytest.mark.parametrize(
    ("asked", "chosen", "time_format"),
    [
        ("", {}, "24"), ("en-US,en;q=0.9", {}, "12"), ("en-AU", {}, "12"), ("en-GB", {}, "24"), ("en", {}, "24"),
        ("de-DE,en-US;q=0.5", {}, "24"), ("fr-CA", {}, "24"), ("es-US", {}, "24"),
        ("en-US", {"language": "de"}, "24"), ("en-US", {"time_format": "24"}, "24"),
        ("de", {"time_format": "12"}, "12"),
        ("en-US", {"time_format": "x"}, "12"),
    ],
)  # fmt: skip
def test_clock_has_the_hours_of_its_readers_region(asked: str, chosen: dict[str, str], time_format: str) -> None:
    request = RequestFactory().get("/", headers={"Accept-Language": asked})
    request.COOKIES.update(chosen)
    with translation.override(translation.get_language_from_request(request)):
        assert preference(request, "time_format") == time_format


@pytest.mark.parametrize("language", dict(project.LANGUAGES))
def test_words_that_pages_suggest_are_read(language: str) -> None:
    """Chips, placeholders and examples are in the page's language, and so must be what reads them."""
    clock = Clock(datetime(2026, 12, 1, 9, tzinfo=UTC), ZoneInfo("UTC"))
    with translation.override(language):
        days = {words: read_deadline(_(words), clock, language) for words in WORDS}
        line = read(_("Add a todo: Call Ana friday 2pm").partition(":")[2], clock, language)
    assert {words: reading and str(reading.deadline) for words, reading in days.items()} == WORDS
    assert str(line.deadline) == WORDS["friday 2pm"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "alle 2 Wochen am Freitag, 5-mal/jeden Monat am vorletzten Sonntag/jedes Jahr am 1. Mai"),
        (
            "fr",
            "toutes les 2 semaines, vendredi, 5 fois/tous les mois, le pénultième dimanche/tous les ans, le 1er mai",
        ),
        ("es", "cada 2 semanas, viernes, 5 veces/cada mes, el penúltimo domingo/cada año, 1 de mayo"),
    ],
)
def test_rules_are_said_in_the_language_of_the_page(language: str, words: str) -> None:
    rules = (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=5",
        "FREQ=MONTHLY;BYDAY=-2SU",
        "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1",
    )
    with translation.override(language):
        assert "/".join(describe(parse_rule(rule)) for rule in rules) == words


@pytest.mark.parametrize("language", ["de", "fr", "es"])
@pytest.mark.django_db
def test_page_and_its_messages_are_translated(client: Client, language: str) -> None:
    """Rows, what a button says it did, an error of a form, and its undo."""
    asks = {"Accept-Language": language}
    todo = make_todo("Essay", "2031-05-14T14:05:00")
    with translation.override(language):
        done = _("Completed %(todos)s.") % {"todos": _("“%(title)s”") % {"title": "Essay"}}
        needed = _("A todo needs a title.")
        by_deadline = _("By deadline")
    assert "Completed" not in done
    assert done in client.post(f"/todos/{todo.pk}/complete", headers=asks, follow=True).text
    assert needed in client.post("/todos/new", {"title": " "}, headers=asks).text
    page = client.get("/", headers=asks).text
    assert by_deadline in page
    assert "Keyboard shortcuts" not in page


@pytest.mark.django_db(transaction=True)  # the thread that sends mail sees only what is committed
def test_mail_is_in_the_language_of_who_asked_for_it(
    client: Client, mailoutbox: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user("ada")
    User.objects.update(email="ada@example.org")
    seen = []
    monkeypatch.setattr(
        "accounts.mail.PasswordResetForm.save", lambda *_, **__: seen.append(translation.get_language())
    )
    client.post("/accounts/password/forgotten", {"email": "ada@example.org"}, headers=GERMAN)
    done = threading.Event()
    sender.submit(done.set)
    assert done.wait(60)
    assert seen == ["de"]
