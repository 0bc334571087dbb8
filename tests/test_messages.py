"""The catalogs of translations in locale/: whole, compiled, and with what their texts need."""

import re
from pathlib import Path
from string import Formatter

import polib
import pytest

from scripts.messages import catalogs, compiled

MARKUP = re.compile(r"<[^>]*>")
NAMED = re.compile(r"%\((\w+)\)[sd]")


def texts_of(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Return each translation of an entry with the English text that it stands for."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid if form == 0 else entry.msgid_plural, text) for form, text in entry.msgstr_plural.items()]


def names_in(text: str) -> set[str]:
    braces = {name for _, name, _, _ in Formatter().parse(text)} if re.search(r"\{\w+\}", text) else set()
    return {*NAMED.findall(text), *braces} - {None, ""}


def faults(entry: polib.POEntry) -> list[str]:
    found = ["fuzzy"] if entry.fuzzy else []
    for english, text in texts_of(entry):
        if not text:
            found.append("not translated")
            continue
        # One form may say the number in a word: "once".
        missing = names_in(entry.msgid_plural or english) - names_in(text)
        if names_in(text) - names_in(entry.msgid_plural or english) or missing - {"count", "n"}:
            found.append("has other placeholders")
        if sorted(MARKUP.findall(english)) != sorted(MARKUP.findall(text)) and "<span lang=" not in english:
            found.append("has other markup")
        if '"' in MARKUP.sub("", text) and '"' not in MARKUP.sub("", english):
            found.append('has a ", which would end an attribute')
        if english[:1].isspace() != text[:1].isspace() or english[-1:].isspace() != text[-1:].isspace():
            found.append("begins or ends otherwise")
    return found


@pytest.mark.parametrize("path", catalogs(), ids=lambda path: path.parts[-3])
def test_catalog_is_whole(path: Path) -> None:
    entries = polib.pofile(str(path))
    assert len(entries) > 1_000
    assert {entry.msgid: found for entry in entries if (found := faults(entry))} == {}
    assert not [*entries.obsolete_entries()]


@pytest.mark.parametrize("path", catalogs(), ids=lambda path: path.parts[-3])
def test_catalog_is_compiled(path: Path) -> None:
    """What is committed beside a catalog is what `make messages` makes of it."""
    assert path.with_suffix(".mo").read_bytes() == compiled(path)


def test_catalogs_have_the_same_texts() -> None:
    ids = [[(entry.msgid, entry.msgctxt) for entry in polib.pofile(str(path))] for path in catalogs()]
    assert all(one == ids[0] for one in ids)
