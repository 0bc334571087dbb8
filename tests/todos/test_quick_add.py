"""What is understood of a typed line: the lines in quick_add_lines*.txt, and what holds for any line."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from todos.agenda import Clock
from todos.models import TITLE_MAX_LENGTH
from todos.priorities import Priority
from todos.quick_add import Reading, read
from todos.recurrence.occurrence import Occurrence, anchored, is_occurrence
from todos.recurrence.rule import parse_rule

FILES = {
    "en": Path(__file__).with_name("quick_add_lines.txt"),
    "de": Path(__file__).with_name("quick_add_lines_german.txt"),
    "fr": Path(__file__).with_name("quick_add_lines_french.txt"),
    "es": Path(__file__).with_name("quick_add_lines_spanish.txt"),
}
CLOCK = Clock(datetime(2026, 11, 21, 0, 0, tzinfo=UTC), ZoneInfo("Australia/Brisbane"))  # Saturday 10:00


def lines(language: str) -> Iterator[tuple[Clock, str, str]]:
    """Yield the lines of the table, each with its clock and what is expected of it."""
    clock = None
    for line in FILES[language].read_text().splitlines():
        if line.startswith("now "):
            moment, zone = line.partition("#")[0].split()[1:]
            clock = Clock(datetime.fromisoformat(moment), ZoneInfo(zone))
        elif line and not line.startswith("#"):
            text, _, expected = line.partition(" =>")
            yield clock, text, expected.strip() or "no deadline"


def in_the_tables_form(reading: Reading) -> str:
    """Return a reading as the table has it."""
    if reading.lacks_title:
        return "|"
    if reading == Reading(reading.title):
        return "no deadline"
    due = re.sub(r"T(\d\d:\d\d):00$", r" \1", str(reading.deadline or "no deadline"))
    repeats = f" | {reading.repeats}" if reading.rule else ""
    priority = f" | {reading.priority.word}" if reading.priority else ""
    labels = "".join(f" #{name}" for name in reading.labels)
    return f"{reading.title} | {re.sub(r':00Z$', 'Z', due)}{repeats}{priority}{' |' if labels else ''}{labels}"


@pytest.mark.parametrize(
    ("language", "clock", "text", "expected"),
    [
        pytest.param(language, *row, id=f"{row[0].local_now:%a %d %b %H:%M} {row[1]}")
        for language in FILES
        for row in lines(language)
    ],
)
def test_line_is_read(language: str, clock: Clock, text: str, expected: str) -> None:
    reading = read(text, clock, language)
    assert in_the_tables_form(reading) == expected
    if not reading.says_more:
        assert reading.title == text


@pytest.mark.parametrize(("language", "least"), [("en", 400), ("de", 200), ("fr", 150), ("es", 150)])
def test_table_is_large_and_names_each_line_once_for_each_clock(language: str, least: int) -> None:
    seen = Counter((clock.now, text) for clock, text, _ in lines(language))
    assert len(seen) >= least
    assert {line for line, times in seen.items() if times > 1} == set()


def test_deadline_without_a_title_is_told() -> None:
    assert read("tomorrow 5pm", CLOCK).lacks_title
    assert read("!high", CLOCK) == Reading("!high", lacks_title=True)
    assert read("!high tomorrow", CLOCK) == Reading("!high tomorrow", lacks_title=True)
    assert not read("Essay", CLOCK).lacks_title


@dataclass
class Named:
    name: str


LISTS = [
    Named(name) for name in ("Todos", "Uni", "Group work", "Workshop", "Été 2026", "12", "Home & garden", "_")
]


@pytest.mark.parametrize(
    ("text", "title", "name"),
    [
        ("Essay +uni", "Essay", "Uni"),
        ("+UNI essay", "essay", "Uni"),
        ("Essay +u tomorrow", "Essay", "Uni"),
        ("Essay tomorrow +uni !high #x", "Essay", "Uni"),
        ("Essay +uni +UNI", "Essay", "Uni"),
        ("Essay +group-work", "Essay", "Group work"),
        ("Essay +groupwork", "Essay", "Group work"),
        ("Essay +gr", "Essay", "Group work"),
        ("Essay +works", "Essay", "Workshop"),
        ("Essay +ete", "Essay +ete", None),
        ("Essay +E\u0301te\u0301", "Essay", "Été 2026"),
        ("Essay +garden", "Essay", "Home & garden"),
        ("Essay +12", "Essay", "12"),
        ("Dinner +1", "Dinner +1", None),
        ("Dinner +2026", "Dinner +2026", None),
        ("Dinner +1 +uni", "Dinner +1", "Uni"),
        ("Essay +work", "Essay +work", None),  # Group work or Workshop
        ("Essay +uni +group", "Essay +uni +group", None),
        ("Essay +nothing", "Essay +nothing", None),
        ("Essay +uni.", "Essay +uni.", None),
        ("Essay + uni", "Essay + uni", None),
        ("C++ essay", "C++ essay", None),
        ("a+uni", "a+uni", None),
        ("Essay +_", "Essay +_", None),
        ("Essay +-", "Essay +-", None),
    ],
)
def test_list_is_read_if_it_is_the_only_one(text: str, title: str, name: str | None) -> None:
    reading = read(text, CLOCK, lists=lambda: LISTS)
    assert (reading.title, reading.list and reading.list.name) == (title, name)


def test_list_without_a_title_is_told() -> None:
    assert read("+uni", CLOCK, lists=lambda: LISTS) == Reading("+uni", lacks_title=True)


def test_lists_are_asked_for_only_if_a_line_may_name_one() -> None:
    def fail() -> list[Named]:
        raise AssertionError

    assert read("Essay 1 + 1 c++ #uni", CLOCK, lists=fail).labels == ("uni",)


def test_week_begins_where_the_list_says() -> None:
    sunday = Clock(CLOCK.now, CLOCK.zone, week_start=6)
    assert str(read("Plan next week", sunday).deadline) == "2026-11-22"
    assert str(read("Plan next sunday", sunday).deadline) == "2026-11-22"
    assert str(read("Plan next sunday", CLOCK).deadline) == "2026-11-29"
    on_sunday = Clock(CLOCK.now + timedelta(days=1), CLOCK.zone, week_start=6)
    assert str(read("Plan this weekend", on_sunday).deadline) == "2026-11-22"
    assert str(read("Plan next weekend", on_sunday).deadline) == "2026-11-28"


def test_language_without_a_grammar_is_read_as_english() -> None:
    assert str(read("Appuntamento tomorrow", CLOCK, "it").deadline) == "2026-11-22"
    assert str(read("Call mum tomorrow", CLOCK, "en-gb").deadline) == "2026-11-22"


# Property tests

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
CHANGES_IN_BERLIN = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
moments = st.one_of(
    st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)),
    st.tuples(st.sampled_from(CHANGES_IN_BERLIN), st.integers(-180, 180)).map(
        lambda near: near[0] + timedelta(minutes=near[1])
    ),
)
clocks = st.builds(Clock, moments, st.sampled_from(ZONES).map(ZoneInfo), st.sampled_from([0, 6]))
PIECES = """
    today tomorrow tonight friday fri sat sun mon wed monday next this week month year weekend end of the day in on at
    by before after due every last noon midnight morning afternoon evening night eod half past quarter to an a hour
    hours min minutes days weeks 2h 20min 1h30 am pm may march dec december 1st 2nd 31st 24/12 5/6 24.12. 3-4pm 5pm
    17:30 08:00 12:30am from and two three couple first thing o'clock ago now , - ( ) " 29 feb !high !1 !low ! !! !4
    #uni #1 # +uni +1 + every each other day days daily weekly monthly 15th until 5 times for starting done weekday
"""
PIECES_OF = {
    "de": """
    heute morgen übermorgen montag freitag mo fr sa nächsten diese woche monat jahr wochenende ende der am in bis vor
    um mittag abend nacht früh halb viertel dreiviertel nach uhr einer stunde minuten tagen wochen märz dezember 1. 24.
    24.12. 5/6 17:30 und zwei jeden jede alle tag monatlich mal für - ( ) ,
    """,
    "fr": """
    aujourd'hui demain après-demain après lundi vendredi sam mer ven prochain prochaine ce cet cette la le semaine mois
    année week-end fin du de en à vers avant pour midi minuit matin soir après-midi nuit et demie quart moins dans une
    demi-heure heure heures h minutes jours mars décembre 1er 24/12 5/6 9h 9h30 15h30 17:30 25h deux trois huit tous les
    chaque toutes jour jusqu'au fois pendant 9h-10h - ( ) , d'ici
    """,
    "es": """
    hoy mañana pasado lunes viernes sáb mar este esta próximo que viene el la los semana mes año fin finde de del en a
    al las sobre antes para mediodía medianoche por tarde noche y media cuarto menos dentro una hora horas h minutos
    días marzo diciembre 1 24/12 5/6 9h 9:30 15:30 25h dos tres ocho todos cada día hasta veces durante - ( ) ,
    """,
}
# Words that deadlines are made of, so that many combinations nearly mean something.
pieces = st.one_of(st.sampled_from(PIECES.split()), st.integers(0, 35).map(str))
words = st.sampled_from(["essay", "proposal", "Bob", "apples", "passport", "dragon", "kitchen", "v2.0", "é"])
PHRASES = [
    "tomorrow", "on friday at 3", "friday 2pm", "in 3 days", "tonight at 8", "24 dec", "by next tuesday", "at 5pm",
    "in an hour and a half", "a week from tuesday", "every friday", "every 2 weeks", "every day at 9", "weekly",
    "every month on the 15th until 24 dec", "every 3 days after done",
    "3-4pm", "tomorrow morning", "2026-12-24", "in 20 min",
    "24.12. at 9", "!high", "!2", "tomorrow !LOW", "!1 friday 2pm", "#uni", "#uni !2 friday",
]  # fmt: skip


def names_a_year(text: str) -> bool:
    return re.search(r"\d{4}|\d+[/-]\d+[/-]\d\d", text) is not None


@given(st.lists(pieces, max_size=8).map(" ".join), clocks)
def test_no_reading_lies_in_the_past(text: str, clock: Clock) -> None:
    assume(not names_a_year(text))
    deadline = read(f"Essay {text}", clock).deadline
    assert deadline is None or not clock.is_over(deadline)


@pytest.mark.parametrize("language", PIECES_OF)
@given(data=st.data(), clock=clocks)
def test_readings_in_other_languages_are_to_come_and_titles_whole(
    language: str, data: st.DataObject, clock: Clock
) -> None:
    piece = st.one_of(st.sampled_from(PIECES_OF[language].split()), st.integers(0, 35).map(str))
    text = f"Essay {' '.join(data.draw(st.lists(piece, max_size=8)))}".strip()
    assume(not names_a_year(text))
    reading = read(text, clock, language)
    if reading.deadline is None:
        assert reading.title == text
    else:
        assert not clock.is_over(reading.deadline)
        rest = iter(text)
        assert all(letter in rest for letter in reading.title if not letter.isspace())


PHRASES_OF = [
    *(("fr", phrase) for phrase in ("demain à 9h", "lundi prochain", "le 24 décembre", "ce soir à 20h", "à midi",
      "dans une heure et demie", "chaque lundi jusqu'au 24 décembre", "pour vendredi", "de 9h à 10h demain")),
    *(("es", phrase) for phrase in ("mañana a las 9", "el viernes que viene", "pasado mañana", "esta noche",
      "dentro de 2 horas", "el 24 de diciembre", "a las 5 de la tarde", "cada lunes 5 veces", "para el viernes")),
]  # fmt: skip


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, max_size=3), st.sampled_from(PHRASES_OF))
def test_title_keeps_each_other_word_in_other_languages(before: list, after: list, known: tuple) -> None:
    language, phrase = known
    title = " ".join(before)
    assert read(f"{title} {phrase}", CLOCK, language).title == title
    if after:
        rest = " ".join(["avec" if language == "fr" else "con", *after])
        assert read(f"{title} {phrase} {rest}", CLOCK, language).title == f"{title} {rest}"


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, max_size=3), st.sampled_from(PHRASES))
def test_title_keeps_each_word_that_is_not_part_of_the_deadline(before: list, after: list, phrase: str) -> None:
    title = " ".join(before)
    assert read(f"{title} {phrase}", CLOCK).title == title
    if after:
        rest = " ".join(["with", *after])
        assert read(f"{title} {phrase} {rest}", CLOCK).title == f"{title} {rest}"


@given(st.lists(st.one_of(pieces, words, st.text(max_size=6)), max_size=12).map(" ".join), clocks)
def test_title_is_what_is_left_of_the_text(text: str, clock: Clock) -> None:
    """Its letters are the text's, in their order; without a deadline, a priority or a label it is the whole text."""
    reading = read(text, clock)
    rest = iter(text)
    assert all(letter in rest for letter in reading.title if not letter.isspace())
    if reading.deadline is None and not reading.priority and not reading.labels:
        assert reading.title == text.strip()
    else:
        assert reading.title


@given(st.text(max_size=TITLE_MAX_LENGTH), clocks)
def test_any_text_is_read(text: str, clock: Clock) -> None:
    reading = read(text, clock)
    assert reading.title or not text.strip()


LIKE_MARKERS = ["!", "wow!", "!important", "!high!", "a!high", "!4", "!11", "!none", "(!1)", "!h\u0131gh"]
MARKERS = {
    "!high": Priority.HIGH, "!medium": Priority.MEDIUM, "!low": Priority.LOW,
    "!1": Priority.HIGH, "!2": Priority.MEDIUM, "!3": Priority.LOW,
}  # fmt: skip


@given(
    st.lists(st.one_of(words, st.sampled_from(LIKE_MARKERS)), min_size=1),
    st.integers(0, 9),
    st.sampled_from(sorted(MARKERS)),
)
def test_marker_of_a_priority_is_taken_out_wherever_it_stands(title: list[str], at: int, marker: str) -> None:
    line = " ".join([*title[:at], marker, *title[at:]])
    assert read(line, CLOCK) == Reading(" ".join(title), priority=MARKERS[marker])


@given(st.lists(st.one_of(pieces, words), max_size=8).map(" ".join), st.sampled_from(sorted(MARKERS)), clocks)
def test_deadline_is_the_same_with_and_without_a_priority(text: str, marker: str, clock: Clock) -> None:
    assume("!" not in text)
    without = read(f"Essay {text}", clock)
    assume(not without.lacks_title)
    assert read(f"{marker} Essay {text}", clock) == replace(without, priority=MARKERS[marker])
    assert read(f"Essay {text} {marker}", clock) == replace(without, priority=MARKERS[marker])


HOSTILE = [
    "1", "1 ", "a", "in ", "at ", "next ", "1:", "1.", "1/", "-", "1-", "half past ", "the ", "in 1 ", "on ", "sat ",
    "friday ", "friday at ", "1h", "1h1", "a few ", "dec 1 ", "due on by ", "3-4", ",", "1,", ".", "a'", "from 3 to ",
    "1st ", "every 1 ", '"', "(", "29 feb ", "0 min ", "!1 ", "!", "!high", "!low !high ",
    "every ", "every 1st, ", "daily ", "weekly on mon, ", "every day until ", "1st of ", "every day for 2 ",
]  # fmt: skip
HOSTILE_OF = {
    "fr": ["le ", "à ", "demain ", "dans ", "de 9h à ", "lundi et ", "tous les ", "1er et ", "9h ", "lun. "],
    "es": ["el ", "a las ", "mañana ", "por la ", "en ", "los lunes y ", "cada ", "el 1 y ", "antes del ", "mar "],
}


@pytest.mark.parametrize(
    ("language", "piece"),
    [("en", piece) for piece in HOSTILE] + [(code, piece) for code, some in HOSTILE_OF.items() for piece in some],
)
def test_work_grows_with_the_length_of_the_line_and_no_faster(language: str, piece: str) -> None:
    """Counts calls of functions, which hostile text could multiply; the expressions have no nested repetitions."""

    def calls(length: int) -> int:
        count = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event == "call"

        text = (piece * length)[:length]
        previous = sys.getprofile()
        sys.setprofile(note)
        try:
            read(text, CLOCK, language)
        finally:
            sys.setprofile(previous)
        return count

    short, long = calls(TITLE_MAX_LENGTH), calls(2 * TITLE_MAX_LENGTH)
    assert long <= 2.5 * short
    per_letter = 60 if language == "en" else 80  # two grammars
    assert short <= per_letter * TITLE_MAX_LENGTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dentist 3pm", "Dentist | 2026-12-24 15:00"),
        ("Dentist at 8", "Dentist | 2026-12-24 08:00"),
        ("Dentist half past 3", "Dentist | 2026-12-24 15:30"),
        ("Dentist in the evening", "Dentist | 2026-12-24 19:00"),
        ("Dentist", "no deadline"),
        ("Dentist friday", "no deadline"),
        ("Dentist friday 3pm", "no deadline"),
        ("Dentist in 20 minutes", "no deadline"),
        ("Read John 3:16", "no deadline"),
        ("Dentist every week", "Dentist | 2026-12-24 | every Thursday"),
        ("Dentist every week at 3", "Dentist | 2026-12-24 15:00 | every Thursday"),
        ("Dentist every friday 3pm", "Dentist | 2026-12-25 15:00 | every Friday"),
        ("Dentist tomorrow every week", "no deadline"),
    ],
)
def test_only_a_time_is_read_on_a_day_that_was_chosen(text: str, expected: str) -> None:
    assert in_the_tables_form(read(text, CLOCK, day=date(2026, 12, 24))) == expected


@pytest.mark.parametrize(
    ("text", "rule", "from_completion"),
    [
        ("Gym every 2 weeks on monday until 24 dec", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20261224;BYDAY=MO", False),
        ("Gym every 3 days after done, 5 times", "FREQ=DAILY;INTERVAL=3;COUNT=5", True),
        ("Gym every month after done", "FREQ=MONTHLY", True),
        ("Gym every month", "FREQ=MONTHLY;BYMONTHDAY=21", False),
    ],
)
def test_repetition_is_a_rule(text: str, rule: str, from_completion: bool) -> None:
    reading = read(text, CLOCK)
    assert (reading.title, reading.rule, reading.repeats_from_completion) == ("Gym", rule, from_completion)


def test_week_of_a_rule_begins_where_the_list_says() -> None:
    sunday = Clock(CLOCK.now, CLOCK.zone, week_start=6)
    text = "Gym every other sunday and monday"
    assert read(text, sunday).rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"
    assert read(text, CLOCK).rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU"


@given(st.lists(st.one_of(pieces, words), max_size=8).map(" ".join), clocks)
def test_first_deadline_is_an_occurrence_of_the_rule_that_was_read(text: str, clock: Clock) -> None:
    reading = read(f"Essay every {text}", clock)
    if reading.rule and not reading.repeats_from_completion:
        first = Occurrence.of(reading.deadline, clock.zone.key)
        assert is_occurrence(parse_rule(reading.rule), first)
        assert anchored(parse_rule(reading.rule), first) == parse_rule(reading.rule)


def test_priority_is_read_whatever_was_chosen_elsewhere() -> None:
    line = "Dentist friday 3pm !high"
    expected = Reading("Dentist friday 3pm", priority=Priority.HIGH)
    assert read(line, CLOCK, day=date(2026, 12, 24)) == expected
    assert read(line, CLOCK, has_deadline=True) == expected


def test_time_on_a_chosen_day_may_have_passed() -> None:
    assert str(read("Dentist 3pm", CLOCK, day=date(2026, 11, 3)).deadline) == "2026-11-03T15:00:00"
    assert str(read("Dentist at 8", CLOCK, day=CLOCK.today).deadline) == "2026-11-21T20:00:00"
