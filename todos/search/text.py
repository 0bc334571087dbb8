"""Finding a text in the title or the description of a todo, whatever the case of its letters.

PostgreSQL, SQLite and Python have to find the same todos, but each has another idea of upper and lower case, and that
of PostgreSQL depends on its locale. So none is asked: patterns name both forms of each letter. Accents count, since an
index of SQLite cannot ignore them before version 3.45.
"""

import re
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from todos.labels import key_of, split_labels

# Latin with its accents, Greek, Cyrillic and Armenian. SQLite's index must not tell apart what is one letter here:
# tests/todos/test_search_text.py tries all of them.
_BLOCKS = [(0x41, 0x250), (0x370, 0x528), (0x531, 0x557), (0x1E00, 0x1E96), (0x1EA0, 0x1F00)]
# U+037F is unknown to SQLite, and the lower case of U+0130 is two characters.
_FOLDED = {
    code: lower
    for first, end in _BLOCKS
    for code in range(first, end)
    if len(lower := chr(code).lower()) == 1 and lower != chr(code) and code != 0x37F
} | {ord("ς"): "σ"}
_FORMS: dict[str, str] = {}
for _code, _lower in _FOLDED.items():
    _FORMS[_lower] = _FORMS.get(_lower, _lower) + chr(_code)


def fold(text: str) -> str:
    """Return the text with each letter in lower case."""
    return text.translate(_FOLDED)


def has_text(title: str, description: str | None, text: str) -> bool:
    """Return whether the title or the description has the text, which has no line break."""
    return fold(text) in fold(f"{title}\n{description or ''}")


class HasText(models.Func):
    """The same as has_text in the database."""

    output_field = models.BooleanField()
    # In the words of the index; see index.py.
    postgresql = "(({} || E'\\n') || COALESCE({}, '')) COLLATE \"C\""
    sqlite = "({} || char(10) || COALESCE({}, ''))"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(models.F("title"), models.F("description"))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list]:
        # ILIKE takes half the time of a regular expression, but in this collation it knows the cases of ASCII alone.
        if any(char in _FORMS and not char.isascii() for char in fold(self.text)):
            return self._sql(compiler, f"{self.postgresql} ~ %s", regular_expression(self.text))
        return self._sql(compiler, f"{self.postgresql} ILIKE %s", f"%{escape_like(self.text)}%")

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list]:
        return self._sql(compiler, f"{self.sqlite} GLOB %s", f"*{glob(self.text)}*")

    def _sql(self, compiler: SQLCompiler, template: str, pattern: str) -> tuple[str, list]:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        return template.format(*columns), [pattern]


def has_label(label_text: str, name: str) -> bool:
    """Return whether a todo with these labels, as the database has them, has the one with this name."""
    return key_of(name) in map(key_of, split_labels(label_text))


class HasLabel(models.Func):
    """The same as has_label in the database, for todos in lists of one owner: all have the owner's spelling, which is
    looked up once.
    """

    output_field = models.BooleanField()
    spelling = "(SELECT ',' || name || ',' FROM todos_label WHERE COALESCE(owner_id, 0) = %s AND key = %s)"

    def __init__(self, name: str, owner_id: int | None) -> None:
        self.parameters = [owner_id or 0, key_of(name)]
        super().__init__(models.F("label_text"))

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, list]:
        find = "strpos" if connection.vendor == "postgresql" else "instr"
        column, _ = compiler.compile(self.get_source_expressions()[0])
        return f"COALESCE({find}({column}, {self.spelling}), 0) > 0", self.parameters


def regular_expression(text: str) -> str:
    """Return the pattern for PostgreSQL."""
    return "".join(
        f"[{_FORMS[char]}]" if char in _FORMS else f"\\{char}" if char in r".^$*+?()[]{}|\\" else char
        for char in fold(text)
    )


def escape_like(text: str) -> str:
    """Return the text as a part of a pattern of LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def glob(text: str) -> str:
    """Return the pattern for SQLite, without what stands before and after it."""
    return "".join(
        f"[{_FORMS[char]}]" if char in _FORMS else f"[{char}]" if char in "*?[" else char for char in fold(text)
    )
