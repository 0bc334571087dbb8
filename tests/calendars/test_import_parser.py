"""Files that others wrote, and files that nobody should have written."""

import codecs
import tracemalloc

import pytest
from django.conf import settings

from calendars.imports.encodings import CHARSETS
from calendars.imports.files import MAX_ENTRIES, FileTooLarge, UnreadableFile
from calendars.imports.mapping import PROPERTIES
from calendars.imports.parser import (
    MAX_DEPTH,
    MAX_LINE_BYTES,
    MAX_LINES,
    MAX_PARAMETERS,
    MAX_PROPERTY_BYTES,
    Component,
    parse_file,
)
from tests.calendars.judges.corpus import BROKEN, GOOD

MAX_BYTES = settings.MAX_IMPORT_BYTES
EVENT = b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260227T180000\r\nSUMMARY:x\r\nEND:VEVENT\r\n"


def calendar(content: bytes) -> bytes:
    return b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + content + b"END:VCALENDAR\r\n"


def parse_components(body: bytes) -> list[Component]:
    return parse_file(body, properties=PROPERTIES).components


def read_one(*lines: bytes):
    [component] = parse_components(calendar(b"\r\n".join([b"BEGIN:VEVENT", *lines, b"END:VEVENT", b""])))
    return component


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_good_file_is_read(body: bytes):
    components = parse_components(body)
    assert len(components) == body.count(b"BEGIN:VEVENT") + body.count(b"BEGIN:VTODO")
    assert not any(component.error for component in components)


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_broken_file_is_read_or_refused_with_a_sentence(body: bytes):
    try:
        assert all(component.kind in {"VEVENT", "VTODO"} for component in parse_components(body))
    except UnreadableFile as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"SUMMARY:a\\, b\\; c\\\\d\\ne\\Nf", "a, b; c\\d\ne\nf"),
        (b"SUMMARY:C:\\\\new", "C:\\new"),
        (b"SUMMARY:a\\\\\\nb\\", "a\\\nb\\"),
        (b"SUMMARY:\\\\n\\\\\\\\", "\\n\\\\"),
        (b"summary;LANGUAGE=en:x", "x"),
        (b'SUMMARY;X="a;b:c":x:y', "x:y"),
        (b"SUMM\r\n ARY:lo\r\n\tng", "long"),
        ("SUMMARY:é".encode()[:-1] + b"\r\n " + "é".encode()[-1:], "é"),
        (b"SUMMARY:first\r\nSUMMARY:second", "first"),
        (b"BEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\nSUMMARY:x", "x"),
        (b"SUMMARY:", ""),
        (b"X-SUMMARY:x", ""),
    ],
)
def test_text_is_read_as_it_was_written(written: bytes, read: str):
    assert read_one(written).text("SUMMARY") == read


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_kind_of_line_ends_does_not_matter(newline: bytes):
    assert len(parse_components(calendar(EVENT * 3).replace(b"\r\n", newline))) == 3


def test_mark_at_the_beginning_and_several_calendars_are_fine():
    assert len(parse_components(b"\xef\xbb\xbf" + calendar(EVENT) + b"\r\n" + calendar(EVENT))) == 2


@pytest.mark.parametrize("line", [b"SUMMARY:caf\xe9 \xc3\xa9", b"SUMMARY:\x81", b"SUMMARY;X:y", b"DTSTART"])
def test_line_that_cannot_be_read_is_the_error_of_its_component_alone(line: bytes):
    assert read_one(line).error == "Line 4 of the file cannot be read."


@pytest.mark.parametrize(
    "rest", [b"END:VCALENDAR\r\n", b"\x1a", b"\0" * 5000, b"  --\r\nBEGIN:VEVENT\r\n", b"\n" * 9]
)
def test_what_stands_after_the_end_hinders_nothing(rest: bytes):
    assert len(parse_components(calendar(EVENT) + rest)) == 1
    assert len(parse_components(calendar(EVENT).removesuffix(b"\r\n") + rest)) == 1
    assert len(parse_components(calendar(EVENT) + rest + b"\r\n" + calendar(EVENT))) == 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:a=3Db", "a=b"),
        (b"SUMMARY;QUOTED-PRINTABLE:a=3Db", "a=b"),
        (b"SUMMARY;encoding=quoted-printable:a=\r\nb", "ab"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:a=\r\n b", "a b"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:a\r\n b", "ab"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:a=\r\n\r\nLOCATION:x", "a"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:a=", "a"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:a=\r\nSUMMARY:b=\r\n=0Ac", "aSUMMARY:b\nc"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:=C3=\r\n=A9", "\u00e9"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:=E9", "\u00e9"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:=ZZ=", "=ZZ"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:C:\\new\\; d\\, e", "C:\\new; d, e"),
        (b"SUMMARY:a=\r\n b", "a=b"),
        (b"SUMMARY:a=3Db", "a=3Db"),
        (b"SUMMARY:caf\xe9", "caf\u00e9"),
        (b"SUMMARY;CHARSET=ISO-8859-5:\xb4\xd0", "\u0414\u0430"),
        (b"SUMMARY;CHARSET=../../etc/passwd:x\xe9", "x\u00e9"),
    ],
)
def test_old_encodings_are_read(written: bytes, read: str):
    component = read_one(written)
    assert (component.error, component.text("SUMMARY")) == ("", read)


def test_codec_of_a_name_is_python_s_own():
    assert {codecs.lookup(name).name for name in CHARSETS.values()}


def deep(levels: int) -> bytes:
    return b"BEGIN:X\r\n" * levels + b"END:X\r\n" * levels


UNREADABLE = {
    "nothing": b"",
    "blanks": b" \r\n\r\n",
    "text": b"hello\r\n",
    "page": b"<!doctype html>\n<title>x</title>",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50,
    "pretender": b'{"BEGIN": "VCALENDAR"}',
    "event alone": EVENT,
    "cut off": calendar(EVENT)[:-10],
    "cut off in an event": calendar(EVENT)[:60],
    "never ends": calendar(EVENT).removesuffix(b"END:VCALENDAR\r\n"),
    "ends cross": calendar(b"BEGIN:VEVENT\r\nBEGIN:VALARM\r\nEND:VEVENT\r\nEND:VALARM\r\n"),
    "too deep": calendar(deep(MAX_DEPTH)),
    "bomb of components": calendar(deep(500_000)),
    "long line": calendar(b"X:" + b"y" * MAX_LINE_BYTES + b"\r\n"),
    "line of 10 MB": b"BEGIN:VCALENDAR" + b"x" * (MAX_BYTES - 20),
    "folds without end": calendar(b"X:\r\n" + b" yyyyyyyy\r\n" * 800_000),
    "nulls": b"\0" * 1_000_000,
}
TOO_LARGE = {
    "over 10 MB": calendar(EVENT * (MAX_BYTES // len(EVENT) + 1)),
    "100,000 events": calendar(EVENT * 100_000),
    "one event more than is taken": calendar(EVENT * (MAX_ENTRIES + 1)),
    "blank lines": calendar(b"\n" * (MAX_BYTES - 100)),
    "nothing but blank lines": b"\n" * MAX_BYTES,
    "short lines": calendar(b"BEGIN:VEVENT\n" + b"X:\n" * 3_000_000 + b"END:VEVENT\n"),
    "one line more than is taken": calendar(b"\n" * (MAX_LINES - 2)),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_file_that_is_none_is_refused(body: bytes):
    with pytest.raises(UnreadableFile) as refusal:
        parse_components(body)
    assert not isinstance(refusal.value, FileTooLarge)


@pytest.mark.parametrize("body", TOO_LARGE.values(), ids=TOO_LARGE)
def test_file_that_is_too_large_is_told_from_one_that_is_none(body: bytes):
    with pytest.raises(FileTooLarge):
        parse_components(body)


def test_as_much_as_is_allowed_is_taken():
    assert len(parse_components(calendar(EVENT * MAX_ENTRIES))) == MAX_ENTRIES
    assert len(parse_components(calendar(deep(MAX_DEPTH - 1) + EVENT))) == 1
    assert parse_components(calendar(b"\n" * (MAX_LINES - 3))) == []
    assert not read_one(b"DTSTART" + b";A=b" * MAX_PARAMETERS + b":1").error
    assert not read_one(b"SUMMARY:" + b"x" * (MAX_PROPERTY_BYTES - 8)).error


def test_line_that_is_long_is_the_error_of_its_component_alone():
    assert (
        read_one(b"SUMMARY:" + b"x" * (MAX_PROPERTY_BYTES - 7)).error
        == "Line 4 of the file is over 200,000 bytes."
    )
    assert not read_one(b"ATTACH:" + b"x" * MAX_PROPERTY_BYTES).error


def test_line_with_many_parameters_is_the_error_of_its_component_alone():
    assert (
        read_one(b"DTSTART" + b";A=b" * (MAX_PARAMETERS + 1) + b":1").error == "Line 4 of the file cannot be read."
    )


def test_parameter_within_quotes_is_none():
    assert read_one(b'DTSTART;X=";TZID=a";TZID="b":1').properties["DTSTART"].parameters["TZID"] == "b"


@pytest.mark.parametrize("body", (UNREADABLE | TOO_LARGE).values(), ids=UNREADABLE | TOO_LARGE)
def test_memory_is_bounded_whatever_comes(body: bytes):
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile):
            parse_components(body)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "line",
    [
        b"DTSTART;X=" + b"a" * 900_000,
        b"DTSTART;X=" + b"a" * 900_000 + b":1",
        b'DTSTART;X="' + b"a" * 900_000,
        b"DTSTART;X=" + b'"a"' * 300_000 + b'"',
        b"DTSTART" + b";A=b" * 200_000,
        b"DTSTART" + b";" * 900_000,
        b"SUMMARY:" + b"\\" * 900_000,
    ],
    ids=["long", "long and whole", "never closed", "many quotes", "many", "none", "escapes"],
)
def test_long_line_is_read_without_much_memory(line: bytes):
    tracemalloc.start()
    try:
        read_one(line).text("SUMMARY")
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
