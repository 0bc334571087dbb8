"""The index of texts: no letter makes it miss a todo, whoever writes, and without it searches find the same."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories import make_list, make_todo, make_todos
from tests.plans import plan_of
from todos.models import Todo
from todos.search import index
from todos.search.text import _BLOCKS, _FOLDED, fold, has_text
from todos.services import delete_todo, update_todo

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite's index")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="of PostgreSQL's index")


def found(*words: str) -> list[str]:
    return sorted(make_list().todos.matching(words, make_list()).values_list("title", flat=True))


def entries() -> int:
    """How many todos SQLite's index finds for a word, wherever they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM todos_search WHERE todos_search MATCH '\"essay\"'")
        return cursor.fetchone()[0]


def test_every_letter_is_found_in_either_case() -> None:
    letters = [chr(code) for first, end in _BLOCKS for code in range(first, end)] + [
        "ẞ",
        "İ",
        "ı",
        "\u212a",
        "ſ",
        "Å",
    ]
    todos = make_todos(len(letters))
    for todo, letter in zip(todos, letters, strict=True):
        todo.title = f"<{letter}{letter}>"
    Todo.objects.bulk_update(todos, ["title"])
    for letter in letters:
        for form in {letter, letter.lower(), letter.upper(), letter.swapcase()}:
            word = f"<{form}{form}>"
            assert found(word) == sorted(todo.title for todo in todos if has_text(todo.title, None, word)), word


def test_letters_with_two_forms_are_one() -> None:
    assert len(_FOLDED) > 580
    assert fold("ÀÉ Ж Ω Ա ΑΣ ς") == "àé ж ω ա ασ σ"
    assert fold("ß ẞ İ \u212a ſ é") == "ß ẞ İ \u212a ſ é"


def test_index_is_there() -> None:
    assert index.is_there(connection)
    assert index.check_index(["default"]) == []


@on_sqlite
def test_index_follows_changes_of_whoever_writes() -> None:
    todo = make_todo("Essay", description="on birds")
    assert entries() == 1
    update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"title": "Bath", "description": None})
    assert entries() == 0
    with connection.cursor() as cursor:  # as the release before, or anybody else
        cursor.execute("UPDATE todos_todo SET description = 'an ESSAY' WHERE id = %s", [todo.pk])
    assert (entries(), found("essay")) == (1, ["Bath"])
    delete_todo(todo_list=make_list(), todo_id=todo.pk)
    Todo.objects.all().delete()
    assert entries() == 0


@on_sqlite
def test_search_reads_the_index_first() -> None:
    plan = plan_of(make_list().todos.matching(["essay"], make_list()))
    assert "VIRTUAL TABLE INDEX" in plan
    assert "VIRTUAL TABLE INDEX" not in plan_of(make_list().todos.matching(["ab"], make_list()))


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_index_that_a_migration_lost_is_made_again() -> None:
    make_todo("Essay")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER todos_search_insert")
    make_todo("Another essay")
    assert found("essay") == ["Another essay", "Essay"]
    assert [warning.id for warning in index.check_index(["default"])] == ["todos.W001"]
    call_command("migrate", verbosity=0)
    assert index.is_there(connection)
    assert (entries(), found("essay")) == (2, ["Another essay", "Essay"])


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_index_that_is_missing_is_made_again(caplog: Any) -> None:
    make_todo("Essay")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX todos_search_by_state")
    assert found("essay") == ["Essay"]
    assert [warning.id for warning in index.check_index(["default"])] == ["todos.W001"]
    call_command("migrate", verbosity=0)
    assert index.is_there(connection)


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", index.OLDER_INDEXES)
def test_older_index_is_replaced(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER INDEX todos_search_by_state RENAME TO {name}")
    call_command("migrate", verbosity=0)
    assert index.is_there(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [name])
        assert cursor.fetchone() == (None,)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_right_to_an_extension_one_is_told(caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE nobody_in_particular")
        cursor.execute("SET ROLE nobody_in_particular")
    try:
        index.ensure_index(using="default")
        assert "The index could not be made" in caplog.text
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE nobody_in_particular")
        index.ensure_index(using="default")
    assert index.is_there(connection)


@on_postgresql
def test_search_of_a_long_list_reads_the_index() -> None:
    make_todos(20_000, title="Todo of many", description="x" * 50)
    make_todo("Essay")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE todos_todo")
    plan = plan_of(make_list().todos.visible().matching(["essay"], make_list()))
    assert "Bitmap Index Scan on todos_search_by_state" in plan
