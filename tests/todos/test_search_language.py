"""The search language: what a text is read as, how that is written again, and errors that point at a word."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.todos.search_strategies import NOW, PIECES, queries
from todos.agenda import Clock
from todos.search.language import MAX_LENGTH, MAX_TERMS, Query, QueryError, parse
from todos.search.terms import FILTERS

CLOCK = Clock(NOW, ZoneInfo("UTC"))


@given(query=queries)
def test_search_is_written_as_it_is_read(query: Query) -> None:
    if len(str(query)) <= MAX_LENGTH:
        assert parse(str(query)) == query


SNIPPETS = [
    *PIECES,
    *(f"{name}:" for name in FILTERS),
    "open",
    "none",
    "high",
    "<",
    "7d",
    "2026-02-27",
    ",",
    " ",
    '"',
]


@given(text=st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_a_search_or_an_error_at_a_word(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.start <= error.end <= len(text)
        assert str(error).endswith(".")
    else:
        assert parse(str(query)) == query
        query.words(CLOCK)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("  essay   birds ", "essay birds"),
        ('"exact  words"', '"exact words"'),
        ('"essay"', "essay"),
        ("-essay", "-essay"),
        ("--essay", '-"-essay"'),
        ("-", '"-"'),
        ("a - b", 'a "-" b'),
        ("IS:Open", "is:open"),
        ('"is:open"', '"is:open"'),
        ("12:30 http://example.org note:x", "12:30 http://example.org note:x"),
        ('5"disk', '5"disk'),
        (r'"a \"b\" \\ c:\d"', r'"a \"b\" \\ c:\\d"'),
        ("is:open,open", "is:open"),
        ("-is:done,overdue", "-is:done,overdue"),
        ("priority:high,none", "priority:high,none"),
        ("due:<7d due:>=2026-02-01 due:none", "due:<7d due:>=2026-02-01 due:none"),
        ("due:0d,1d,-1d,-2d", "due:today,tomorrow,yesterday,-2d"),
        ("due:<TODAY", "due:<today"),
        ('list:Work,"Second year"', 'list:Work,"Second year"'),
        ('list:"a,b"', 'list:"a,b"'),
        ('"a"b', "a b"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    ("text", "at", "sentence"),
    [
        ("essay due:soon", "due:soon", "“due:soon”: use a date such as 2026-02-27, or days such as 7d."),
        ("due:", "due:", "“due:”: use a date such as 2026-02-27, or days such as 7d."),
        ("-due:<> x", "-due:<>", "“-due:<>”: use a date such as 2026-02-27, or days such as 7d."),
        (
            "due:=2026-02-27",
            "due:=2026-02-27",
            "“due:=2026-02-27”: use a date such as 2026-02-27, or days such as 7d.",
        ),
        ("due:2026-02-30", "due:2026-02-30", "“due:2026-02-30”: there is no such date."),
        ("due:0999-01-01", "due:0999-01-01", "“due:0999-01-01”: the year must be between 1000 and 9998."),
        ("due:20260227", "due:20260227", "“due:20260227”: use a date such as 2026-02-27, or days such as 7d."),
        ("due:99999d", "due:99999d", "“due:99999d”: use at most 9999 days."),
        ("due:٣d", "due:٣d", "“due:٣d”: use a date such as 2026-02-27, or days such as 7d."),
        ("is:open,late b", "is:open,late", "“is:open,late”: use open, done, overdue or repeating."),
        ("is:open, b", "is:open,", "“is:open,”: use open, done, overdue or repeating."),
        ("priority:urgent", "priority:urgent", "“priority:urgent”: use high, medium, low or none."),
        ("has:wings", "has:wings", "“has:wings”: use deadline, description, priority or label."),
        ("list: x", "list:", "“list:”: use a name."),
        ('a label:"b,c"', 'label:"b,c"', '“label:"b,c"”: use the name of a label.'),
        ('b "a c', '"a c', '“"a c”: the quotation mark at its end is missing.'),
        ('""', '""', '“""”: there is nothing between the quotation marks.'),
        ("a\0b", "\0", "A search has a character that no todo can have."),
        ("a\ud800", "\ud800", "A search has a character that no todo can have."),
        ("x " * MAX_TERMS + "y", "y", "A search has 20 words and filters at most."),
        ("x" * MAX_LENGTH + "yz", "yz", "A search has 500 characters at most."),
    ],
)
def test_error_names_the_word_and_where_it_is(text: str, at: str, sentence: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert (str(refused.value), text[refused.value.start : refused.value.end]) == (sentence, at)


def test_text_that_grows_over_the_limit_when_it_is_written_again_is_refused() -> None:
    assert len(str(parse("due:0d," + "1d," * 100 + "2d"))) < MAX_LENGTH
    with pytest.raises(QueryError, match="500 characters"):
        parse('"' + "\\ " * 249 + '"')


def test_reading_is_in_words() -> None:
    text = 'is:open,overdue -priority:high due:<=7d -due:none list:Work "final draft" -essay has:description'
    assert parse(text).words(CLOCK) == (
        "open or overdue, not high priority, due by Sun 15 March 2026, not without a deadline, in the list “Work”, "
        "with “final draft”, without “essay”, with a description"
    )


def test_first_of_a_month_is_written_as_the_language_does() -> None:
    with translation.override("fr"):
        assert " 1er mai 2031" in parse("due:2031-05-01").words(CLOCK)
