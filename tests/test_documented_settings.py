"""Every setting is in `.env.example` and in the README, with the same default."""

import re

from tests.project import ROOT

SOURCES = ["manage.py", "taskoverflow/settings.py", "taskoverflow/environment.py"]
READ = re.compile(r'(?:env(?:iron)?\.\w+\(|\benv, )"([A-Z][A-Z0-9_]+)"')
EXAMPLE = re.compile(r"^#([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| (?:`([^`]*)`)? *\|", re.MULTILINE)


def examples() -> list[tuple[str, str]]:
    return EXAMPLE.findall((ROOT / ".env.example").read_text())


def test_example_names_exactly_the_variables_that_are_read():
    read = {name for source in SOURCES for name in READ.findall((ROOT / source).read_text())}
    assert {name for name, _ in examples()} == read - {"DJANGO_SETTINGS_MODULE"}


def test_example_names_each_variable_once_under_a_line_that_says_what_it_is():
    lines = (ROOT / ".env.example").read_text().splitlines()
    places = [number for number, line in enumerate(lines) if EXAMPLE.match(line)]
    assert len(places) == len(dict(examples()))
    assert [lines[place - 1] for place in places if not re.match(r"# \w.*\.$", lines[place - 1])] == []


def test_readme_table_is_the_example():
    assert ROW.findall((ROOT / "README.md").read_text()) == examples()
