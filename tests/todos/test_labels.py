"""Labels: created with the todos that have them, and renamed, merged and deleted in all lists of their owner."""

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.calendars.strategies import label_names
from tests.factories import make_list, make_todo, move_todos
from tests.hooks import recording_follower
from todos import undo
from todos.labels import LabelError, join_labels, key_of, parse_label, parse_labels, split_labels
from todos.models import Label, Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    BulkOutcome,
    ImportedTodo,
    LabelExists,
    change_todos,
    copy_open_list,
    create_label,
    create_list,
    create_todo,
    delete_label,
    delete_todo,
    import_todos,
    restore_todo,
    update_label,
    update_todo,
)
from web.quotas import QuotaExceeded

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def names(user: User | None = None) -> list[str]:
    return list(Label.objects.of_owner(user and user.pk).values_list("name", flat=True))


def label(name: str, user: User | None = None) -> Label:
    return Label.objects.of_owner(user and user.pk).get(name=name)


def stored(todo: Todo) -> tuple[str, ...]:
    return Todo.objects.get(pk=todo.pk).labels


def version(todo: Todo) -> tuple[int, int]:
    return Todo.objects.values_list("sequence", "revision").get(pk=todo.pk)


# Names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Uni", "Uni"),
        ("  Group \t work\n", "Group work"),
        ("x" * 50, "x" * 50),
        ("\u00e9", "\u00e9"),
        ("#1", "#1"),
    ],
)
def test_name_is_kept_with_single_spaces(text: str, name: str) -> None:
    assert parse_label(text) == name


@pytest.mark.parametrize("text", ["", "  ", "\n", "x" * 51, "a,b", ",", "a\x00", "a\x07b", "\x7f", "\ud800"])
def test_other_names_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(LabelError, match=r"\.$"):
        parse_label(text)


@given(st.lists(label_names, max_size=20))
def test_labels_are_kept_once_each_and_in_order(given_names: list[str]) -> None:
    parsed = parse_labels(given_names)
    assert tuple(split_labels(join_labels(parsed))) == parsed == parse_labels(parsed)
    assert [key_of(name) for name in parsed] == list(dict.fromkeys(map(key_of, given_names)))
    assert set(parsed) <= set(given_names)


def test_todo_has_twenty_labels_at_most() -> None:
    most = [f"l{number}" for number in range(20)]
    assert parse_labels([*most, "L1"]) == tuple(most)
    with pytest.raises(LabelError):
        parse_labels([*most, "one more"])


# Todos


def test_labels_are_created_with_the_first_todo_and_keep_its_spelling(ada: User) -> None:
    todo = make_todo(user=ada, labels=["Uni", "Group work"])
    again = make_todo(user=ada, labels=["UNI", "group WORK", "new"])
    assert (stored(todo), stored(again)) == (("Uni", "Group work"), ("Uni", "Group work", "new"))
    update_todo(todo_list=make_list(ada), todo_id=todo.pk, changes={"labels": ["NEW", "uni"]})
    assert stored(todo) == ("new", "Uni")
    assert names(ada) == ["Group work", "new", "Uni"]
    assert names() == []


def test_labels_in_another_case_change_nothing(ada: User) -> None:
    todo = make_todo(user=ada, labels=["Uni"])
    update_todo(todo_list=make_list(ada), todo_id=todo.pk, changes={"labels": ["UNI"]})
    [result] = change_todos(
        todo_list=make_list(ada), items=[BulkItem(todo.pk, Action.UPDATE, {"labels": ("uNI",)})]
    )
    assert result.outcome == BulkOutcome.UNCHANGED
    assert version(todo) == (0, 1)
    assert make_list(ada).revision == 1


def test_todo_without_new_labels_asks_for_none(ada: User) -> None:
    todo_list = make_list(ada)
    labelled = make_todo(user=ada, labels=["Uni"])
    with CaptureQueriesContext(connection) as queries:
        todo = create_todo(todo_list=todo_list, title="Essay")
        update_todo(todo_list=todo_list, todo_id=todo.pk, changes={"title": "Thesis", "labels": ()})
        update_todo(todo_list=todo_list, todo_id=labelled.pk, changes={"title": "Thesis"})
        update_todo(todo_list=todo_list, todo_id=labelled.pk, changes={"labels": ()})
    assert [query["sql"] for query in queries if "todos_label" in query["sql"]] == []


def test_bulk_spells_and_creates_labels_with_few_queries(ada: User, django_assert_max_num_queries: Any) -> None:
    todos = [make_todo(f"Todo {number}", user=ada) for number in range(20)]
    make_todo(user=ada, labels=["Uni"])
    items = [
        BulkItem(todo.pk, Action.UPDATE, {"labels": (("UNI", "New") if number % 2 else ("new",))})
        for number, todo in enumerate(todos)
    ]
    with django_assert_max_num_queries(20):
        results = change_todos(todo_list=make_list(ada), items=items)
    assert {stored(todo) for todo in todos} == {("new",), ("Uni", "new")}
    token = undo.offer(make_list(ada), results)
    back = change_todos(todo_list=make_list(ada), items=undo.read(make_list(ada), token))
    assert {result.outcome for result in back} == {BulkOutcome.DONE}
    assert {stored(todo) for todo in todos} == {()}


def test_bulk_creates_no_label_for_what_it_does_not_change(ada: User) -> None:
    change_todos(todo_list=make_list(ada), items=[BulkItem(10**9, Action.UPDATE, {"labels": ("Uni",)})])
    assert names(ada) == []


def test_move_keeps_the_labels(ada: User) -> None:
    uni, todo = create_list(user=ada, name="Uni"), make_todo(user=ada, labels=["Uni"])
    move_todos(user=ada, source=make_list(ada), target=uni, todo_ids=[todo.pk])
    assert uni.todos.get().labels == ("Uni",)
    assert names(ada) == ["Uni"]


def test_copies_of_the_open_list_are_labelled_as_their_owner_spells(ada: User) -> None:
    make_todo(labels=["uni", "Work"])
    make_todo(user=ada, labels=["Uni"])
    copy_open_list(make_list(ada))
    assert [todo.labels for todo in make_list(ada).todos.order_by("pk")] == [("Uni",), ("Uni", "Work")]
    assert (names(ada), names()) == (["Uni", "Work"], ["uni", "Work"])


def test_open_list_brings_its_labels_to_its_owner(ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    create_todo(todo_list=uni, title="Essay", labels=["Uni"])
    todo, other = make_todo(labels=["UNI", "Work"]), make_todo(labels=["Work"])
    Label.objects.filter(name="Work").update(color="red")
    call_command("adopt_open_list", "ada", stdout=StringIO())
    assert (stored(todo), stored(other)) == (("Uni", "Work"), ("Work",))
    assert (version(todo)[0], version(other)[0]) == (1, 0)
    assert (names(ada), names()) == (["Uni", "Work"], [])
    assert label("Work", ada).color == "red"


def test_owner_has_so_many_labels_at_most(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todos.services.labels.MAX_LABELS", 3)
    todo = make_todo(user=ada, labels=["a", "b"])
    make_todo(labels=["of", "the", "open list"])
    for call in (
        lambda: make_todo(user=ada, labels=["c", "d"]),
        lambda: update_todo(todo_list=make_list(ada), todo_id=todo.pk, changes={"labels": ["c", "d"]}),
        lambda: change_todos(
            todo_list=make_list(ada), items=[BulkItem(todo.pk, Action.UPDATE, {"labels": ("c", "d")})]
        ),
        lambda: import_todos(
            todo_list=make_list(ada), todos=[ImportedTodo(uuid4(), {"title": "x", "labels": ("c", "d")})]
        ),
    ):
        with pytest.raises(QuotaExceeded):
            call()
    assert names(ada) == ["a", "b"]
    assert Todo.objects.filter(list=make_list(ada)).get().labels == ("a", "b")
    create_label(user=ada, name="c")
    with pytest.raises(QuotaExceeded):
        create_label(user=ada, name="d")
    with pytest.raises(LabelExists):
        create_label(user=ada, name="C")
    make_todo(user=ada, labels=["C", "b", "A"])


def test_labels_count_in_the_bytes_of_a_list(ada: User, settings: Any) -> None:
    settings.MAX_LIST_BYTES = 60
    todo = make_todo("x", user=ada, labels=["y" * 40])
    assert Todo.objects.total() == (1, todo.byte_count)
    with pytest.raises(QuotaExceeded, match="labels"):
        update_todo(todo_list=make_list(ada), todo_id=todo.pk, changes={"labels": ["y" * 40, "z" * 20]})
    with pytest.raises(QuotaExceeded):
        update_label(user=ada, label_id=label("y" * 40, ada).pk, changes={"name": "é" * 50})
    assert names(ada) == ["y" * 40]
    assert stored(todo) == ("y" * 40,)


# Renaming and deleting


@pytest.fixture
def lists(ada: User) -> list[TodoList]:
    """Two lists with todos that have "Uni", with others and alone, and one list without."""
    lists = [make_list(ada), *(create_list(user=ada, name=name) for name in "AB")]
    for todo_list in lists[:2]:
        for labels in (["Uni"], ["a", "Uni", "Work"], ["Uni", "Work"], ["Work"], ["Unix", "un"], []):
            create_todo(todo_list=todo_list, title="/".join(labels) or "-", labels=labels)
    create_todo(todo_list=lists[2], title="Work", labels=["Work"])
    return lists


def labels_of(todo_list: TodoList) -> list[str]:
    return ["/".join(todo.labels) for todo in todo_list.todos.order_by("pk")]


def test_rename_changes_every_todo_of_all_lists_once(ada: User, lists: list[TodoList]) -> None:
    other = make_todo(labels=["Uni"])
    with recording_follower() as follower:
        renamed = update_label(user=ada, label_id=label("Uni", ada).pk, changes={"name": "Physics"})
    assert follower.woken == [lists[0].pk, lists[1].pk]
    assert (renamed.name, names(ada)) == ("Physics", ["a", "Physics", "un", "Unix", "Work"])
    for todo_list in lists[:2]:
        assert labels_of(todo_list) == ["Physics", "a/Physics/Work", "Physics/Work", "Work", "Unix/un", ""]
        versions = list(todo_list.todos.order_by("pk").values_list("sequence", "revision"))
        assert versions == [(1, 7), (1, 7), (1, 7), (0, 4), (0, 5), (0, 6)]
        assert TodoList.objects.get(pk=todo_list.pk).revision == 7
        assert todo_list.todos.first().updated_at > todo_list.todos.first().created_at
    assert TodoList.objects.get(pk=lists[2].pk).revision == 1
    assert stored(other) == ("Uni",)


def test_rename_says_who_changed_the_todos(ada: User) -> None:
    theirs, nobodys = make_todo(user=ada, labels=["Uni"]), make_todo(labels=["Uni"])
    update_label(user=ada, label_id=label("Uni", ada).pk, changes={"name": "Physics"})
    update_label(user=NOBODY, label_id=label("Uni").pk, changes={"name": "Physics"})
    assert dict(Todo.objects.values_list("pk", "changed_by")) == {theirs.pk: ada.pk, nobodys.pk: None}


def test_rename_to_a_name_there_is_merges(ada: User, lists: list[TodoList]) -> None:
    Label.objects.filter(name="Work").update(color="red")
    merged = update_label(user=ada, label_id=label("Uni", ada).pk, changes={"name": "work"})
    assert (merged.name, merged.color, names(ada)) == ("Work", "red", ["a", "un", "Unix", "Work"])
    for todo_list in lists[:2]:
        assert labels_of(todo_list) == ["Work", "a/Work", "Work", "Work", "Unix/un", ""]
        assert set(todo_list.todos.values_list("sequence", flat=True).order_by("pk")[:3]) == {1}


def test_rename_that_changes_only_the_case(ada: User, lists: list[TodoList]) -> None:
    update_label(user=ada, label_id=label("Uni", ada).pk, changes={"name": "UNI"})
    assert labels_of(lists[0]) == ["UNI", "a/UNI/Work", "UNI/Work", "Work", "Unix/un", ""]


def test_delete_takes_it_off_every_todo(ada: User, lists: list[TodoList]) -> None:
    delete_label(user=ada, label_id=label("Uni", ada).pk)
    assert names(ada) == ["a", "un", "Unix", "Work"]
    for todo_list in lists[:2]:
        assert labels_of(todo_list) == ["", "a/Work", "Work", "Work", "Unix/un", ""]
        assert todo_list.todos.order_by("pk").values_list("label_text", flat=True)[0] == ""


def test_color_changes_no_todo(ada: User, lists: list[TodoList]) -> None:
    before = list(TodoList.objects.order_by("pk").values("revision"))
    pk = label("Uni", ada).pk
    assert update_label(user=ada, label_id=pk, changes={"color": "red", "name": "Uni"}).color == "red"
    assert label("Uni", ada).color == "red"
    assert list(TodoList.objects.order_by("pk").values("revision")) == before


def test_todos_in_the_trash_are_renamed_unseen(ada: User) -> None:
    todo = make_todo(user=ada, labels=["Uni"])
    delete_todo(todo_list=make_list(ada), todo_id=todo.pk)
    before, revision = version(todo), make_list(ada).revision
    update_label(user=ada, label_id=label("Uni", ada).pk, changes={"name": "Physics"})
    assert (stored(todo), version(todo), make_list(ada).revision) == (("Physics",), before, revision)
    assert restore_todo(todo_list=make_list(ada), todo_id=todo.pk).labels == ("Physics",)


def test_labels_of_others_are_not_found(ada: User) -> None:
    make_todo(labels=["Uni"])
    todo = make_todo(user=User.objects.create(username="bob"), labels=["Uni"])
    for other in Label.objects.all():
        for call in (
            lambda pk: update_label(user=ada, label_id=pk, changes={"name": "x"}),
            lambda pk: update_label(user=ada, label_id=pk, changes={"color": "red"}),
            lambda pk: delete_label(user=ada, label_id=pk),
        ):
            with pytest.raises(Label.DoesNotExist):
                call(other.pk)
    assert stored(todo) == ("Uni",)
    update_label(user=NOBODY, label_id=label("Uni").pk, changes={"name": "Open"})
    assert (names(), stored(todo)) == (["Open"], ("Uni",))


def test_undo_brings_a_deleted_label_back_with_its_todo(ada: User) -> None:
    todo = make_todo(user=ada, labels=["Uni"])
    item = BulkItem(todo.pk, Action.UPDATE, {"labels": ()})
    token = undo.offer(make_list(ada), change_todos(todo_list=make_list(ada), items=[item]))
    delete_label(user=ada, label_id=label("Uni", ada).pk)
    change_todos(todo_list=make_list(ada), items=undo.read(make_list(ada), token))
    assert (stored(todo), names(ada)) == (("Uni",), ["Uni"])


def test_undo_leaves_todos_whose_label_was_renamed_since(ada: User) -> None:
    todo = make_todo(user=ada)
    item = BulkItem(todo.pk, Action.UPDATE, {"labels": ("Uni",)})
    token = undo.offer(make_list(ada), change_todos(todo_list=make_list(ada), items=[item]))
    update_label(user=ada, label_id=label("Uni", ada).pk, changes={"name": "Physics"})
    [result] = change_todos(todo_list=make_list(ada), items=undo.read(make_list(ada), token))
    assert (result.outcome, stored(todo)) == (BulkOutcome.CONFLICT, ("Physics",))


@given(
    todos=st.lists(st.lists(st.sampled_from("abcde"), max_size=5), max_size=5),
    changes=st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcdeABCxy") | st.none()), max_size=5),
)
def test_renaming_and_deleting_do_to_todos_what_they_do_to_sets(
    todos: list[list[str]], changes: list[tuple[str, str | None]]
) -> None:
    user = User.objects.create(username=uuid4().hex)
    made = [make_todo(user=user, labels=parse_labels(labels)) for labels in todos]
    expected = [{*labels} for labels in todos]
    for old, new in changes:
        found = Label.objects.of_owner(user.pk).filter(key=key_of(old)).first()
        if not found:
            continue
        if new is None:
            delete_label(user=user, label_id=found.pk)
        else:
            update_label(user=user, label_id=found.pk, changes={"name": new})
        expected = [({*s} - {old} | ({new.lower()} if new else set())) if old in s else s for s in expected]
    for todo, labels in zip(made, expected, strict=True):
        kept = stored(todo)
        assert (len(kept), {name.lower() for name in kept}) == (len(labels), labels)
        assert set(kept) <= set(names(user))
