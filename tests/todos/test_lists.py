"""Several lists for each user: which are whose, their order, archiving and deleting them."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from calendars.models import Calendar, Feed
from tests.crowd import together
from tests.factories import make_feed, make_list, make_todo, move_todos
from todos.models import MovedTodo, Todo, TodoList
from todos.services import (
    BulkItem,
    DefaultList,
    ImportedTodo,
    ListArchived,
    NotSignedIn,
    StaleList,
    archive_list,
    change_todos,
    create_list,
    create_todo,
    delete_list,
    delete_todo,
    find_list,
    find_lists,
    import_todos,
    order_lists,
    restore_todo,
    unarchive_list,
    update_list,
    update_todo,
)
from web.quotas import QuotaExceeded

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def names(user: Any) -> list[str]:
    return [todo_list.name for todo_list in TodoList.objects.owned_by(user)]


def test_default_list_is_first_and_the_others_are_in_their_order(ada: User) -> None:
    made = {name: create_list(user=ada, name=name) for name in ("Uni", "Home", "Work")}
    assert names(ada) == ["Todos", "Uni", "Home", "Work"]

    order_lists(user=ada, list_ids=[made["Work"].pk, made["Uni"].pk])
    assert names(ada) == ["Todos", "Work", "Uni", "Home"]

    create_list(user=ada, name="New")
    assert names(ada) == ["Todos", "Work", "Uni", "Home", "New"]
    order_lists(user=ada, list_ids=[made["Home"].pk, make_list(ada).pk, made["Home"].pk])
    assert names(ada) == ["Todos", "Home", "Work", "Uni", "New"]


def test_order_with_a_list_of_somebody_else_changes_nothing(ada: User) -> None:
    mine, theirs = (
        create_list(user=ada, name="Mine"),
        create_list(user=User.objects.create(username="bob"), name="Theirs"),
    )
    nobodys = make_list()
    before = list(TodoList.objects.order_by("pk").values())
    for list_id in (theirs.pk, 10**9, nobodys.pk):
        with pytest.raises(TodoList.DoesNotExist):
            order_lists(user=ada, list_ids=[mine.pk, list_id])
    assert list(TodoList.objects.order_by("pk").values()) == before


def test_lists_are_found_by_their_owner_alone(ada: User) -> None:
    bob = User.objects.create(username="bob")
    mine, theirs, nobodys = create_list(user=ada, name="Mine"), create_list(user=bob, name="Theirs"), make_list()
    for user, found in ((ada, {mine, make_list(ada)}), (bob, {theirs, make_list(bob)}), (NOBODY, {nobodys})):
        assert set(TodoList.objects.owned_by(user)) == found
        assert {todo_list.pk for todo_list in find_lists(user=user)} == {todo_list.pk for todo_list in found}
        for todo_list in TodoList.objects.all():
            if todo_list in found:
                assert find_list(user=user, list_id=todo_list.pk) == todo_list
            else:
                with pytest.raises(TodoList.DoesNotExist):
                    find_list(user=user, list_id=todo_list.pk)
    with pytest.raises(TodoList.DoesNotExist):
        find_list(user=ada, list_id=10**40)


def test_owner_is_the_same_for_every_kind_of_list(ada: User) -> None:
    lists = [make_list(ada), create_list(user=ada, name="Uni"), make_list()]
    lists += [TodoList.objects.get(pk=todo_list.pk) for todo_list in lists]
    assert [(each.owner, each.owner_id, each.is_default) for each in lists] == 2 * [
        (ada, ada.pk, True),
        (ada, ada.pk, False),
        (None, None, True),
    ]


def test_other_lists_are_hidden_from_the_release_before(ada: User) -> None:
    """It finds a list by its column owner_id, and takes null for the open list's."""
    default, other, nobodys = make_list(ada), create_list(user=ada, name="Uni"), make_list()
    with connection.cursor() as cursor:
        for owner, found in ((ada.pk, default), (0, nobodys)):
            cursor.execute("SELECT id FROM todos_todolist WHERE COALESCE(owner_id, 0) = %s", [owner])
            assert cursor.fetchall() == [(found.pk,)]
        cursor.execute("SELECT id FROM todos_todolist WHERE owner_id IS NULL")
        assert cursor.fetchall() == [(nobodys.pk,)]
        cursor.execute("SELECT list.id FROM todos_todolist list JOIN auth_user ON auth_user.id = list.owner_id")
        assert cursor.fetchall() == [(default.pk,)]
    other.refresh_from_db()
    assert other.default_owner_id == -other.pk


def test_find_lists_counts_open_todos(ada: User) -> None:
    make_todo(user=ada)
    uni = create_list(user=ada, name="Uni")
    for title in ("open", "done", "gone"):
        create_todo(todo_list=uni, title=title, completed=title == "done")
    delete_todo(todo_list=uni, todo_id=Todo.objects.get(title="gone").pk)
    create_list(user=ada, name="Empty")
    assert [(each.name, each.open_todos) for each in find_lists(user=ada)] == [
        ("Todos", 1),
        ("Uni", 1),
        ("Empty", 0),
    ]


def test_who_has_no_list_yet_finds_a_default_list(ada: User) -> None:
    assert [each.is_default for each in find_lists(user=ada)] == [True]
    assert [each.is_default for each in find_lists(user=NOBODY)] == [True]
    assert TodoList.objects.count() == 2


def test_new_list_is_like_the_default_list(ada: User) -> None:
    update_list(todo_list=make_list(ada), changes={"time_zone": "Australia/Brisbane", "week_start": 6})
    uni = create_list(user=ada, name="Uni", color="blue")
    assert (uni.name, uni.color, uni.time_zone, uni.week_start) == ("Uni", "blue", "Australia/Brisbane", 6)
    assert create_list(user=ada, name="Trip", time_zone="Asia/Tokyo").time_zone == "Asia/Tokyo"


def test_only_users_create_lists() -> None:
    with pytest.raises(NotSignedIn):
        create_list(user=NOBODY, name="Uni")
    assert not TodoList.objects.exists()


def test_user_has_at_most_so_many_lists(ada: User, settings: Any) -> None:
    settings.MAX_LISTS = 3
    for name in "AB":
        create_list(user=ada, name=name)
    with pytest.raises(QuotaExceeded, match="There are 3 lists already"):
        create_list(user=ada, name="C")
    create_list(user=User.objects.create(username="bob"), name="Theirs")
    assert len(names(ada)) == 3


def test_other_list_holds_a_tenth_of_a_default_list(ada: User, settings: Any) -> None:
    settings.MAX_TODOS, settings.MAX_LIST_BYTES = 100_000, 20_000_000
    uni, default = create_list(user=ada, name="Uni"), make_list(ada)
    assert (uni.max_todos, uni.max_bytes) == (10_000, 2_000_000)
    assert (default.max_todos, default.max_bytes) == (100_000, 20_000_000)
    settings.MAX_TODOS, settings.MAX_LIST_BYTES = 2_000, 500
    assert (uni.max_todos, uni.max_bytes) == (1_000, 500)


def test_default_list_is_renamed_and_coloured_and_nothing_else(ada: User) -> None:
    default = make_list(ada)
    update_list(todo_list=default, changes={"name": "Mine", "color": "red"})
    with pytest.raises(DefaultList, match="archived"):
        archive_list(todo_list=default)
    with pytest.raises(DefaultList, match="deleted"):
        delete_list(todo_list=default)
    default.refresh_from_db()
    assert (default.name, default.color, default.archived_at) == ("Mine", "red", None)
    with pytest.raises(DefaultList):
        delete_list(todo_list=make_list())


def test_change_expects_a_revision(ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    create_todo(todo_list=uni, title="New")
    for change in (lambda: update_list(todo_list=uni, changes={"name": "B"}, expected_revision=0),
                   lambda: delete_list(todo_list=uni, expected_revision=0)):  # fmt: skip
        with pytest.raises(StaleList):
            change()
    assert update_list(todo_list=uni, changes={"color": "red"}, expected_revision=1).revision == 2
    delete_list(todo_list=uni, expected_revision=2)
    assert names(ada) == ["Todos"]


def test_archived_list_takes_no_todos(ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    todo, gone = (create_todo(todo_list=uni, title=title) for title in ("Essay", "Gone"))
    delete_todo(todo_list=uni, todo_id=gone.pk)
    mine = make_todo(user=ada)
    open_when_read = TodoList.objects.get(pk=uni.pk)
    assert archive_list(todo_list=uni).is_archived
    at = archive_list(todo_list=uni).archived_at
    assert TodoList.objects.get(pk=uni.pk).archived_at == at
    stale, fresh = uni, TodoList.objects.get(pk=uni.pk)
    before = list(Todo.objects.order_by("pk").values())
    for refused in (
        lambda: create_todo(todo_list=fresh, title="New"),
        lambda: create_todo(todo_list=open_when_read, title="New"),
        lambda: restore_todo(todo_list=stale, todo_id=gone.pk),
        lambda: change_todos(todo_list=stale, items=[BulkItem(todo.pk, "delete"), BulkItem(gone.pk, "restore")]),
        lambda: import_todos(todo_list=stale, todos=[ImportedTodo(mine.uid, {"title": "Imported"})]),
        lambda: move_todos(user=ada, source=make_list(ada), target=stale, todo_ids=[mine.pk]),
    ):
        with pytest.raises(ListArchived, match="“Uni” is archived"):
            refused()
    assert list(Todo.objects.order_by("pk").values()) == before
    update_todo(todo_list=fresh, todo_id=todo.pk, changes={"title": "Essay 2", "completed": True})
    assert move_todos(user=ada, source=fresh, target=make_list(ada), todo_ids=[todo.pk])[0].status == 200
    unarchive_list(todo_list=fresh)
    restore_todo(todo_list=fresh, todo_id=gone.pk)
    assert not any(each.is_archived for each in TodoList.objects.owned_by(ada))


def test_deleted_list_takes_everything_along(ada: User) -> None:
    keep = make_todo("Mine", user=ada)
    uni, work = create_list(user=ada, name="Uni"), create_list(user=ada, name="Work")
    todos = [create_todo(todo_list=uni, title="Essay") for _ in range(3)]
    delete_todo(todo_list=uni, todo_id=todos[0].pk)
    move_todos(user=ada, source=uni, target=work, todo_ids=[todos[1].pk])
    feed = make_feed(ada)
    delete_list(todo_list=uni)
    assert set(Todo.objects.values_list("pk", flat=True)) == {keep.pk, todos[1].pk}
    assert names(ada) == ["Todos", "Work"]
    assert list(Feed.objects.all()) == [feed.feed]
    assert not MovedTodo.objects.exists()
    assert Calendar.objects.count() == 1
    with pytest.raises(TodoList.DoesNotExist):
        delete_list(todo_list=uni)


@pytest.mark.django_db(transaction=True)
def test_many_who_create_lists_at_once_make_as_many_as_there_may_be(ada: User, settings: Any) -> None:
    settings.MAX_LISTS = 5
    bob = User.objects.create(username="bob")

    def create(user: User) -> int:
        made = 0
        for number in range(4):
            try:
                create_list(user=user, name=f"List {number}")
            except QuotaExceeded:
                continue
            made += 1
        return made

    made = together(*[lambda user=user: create(user) for user in (ada, bob) * 4])

    assert (sum(made[::2]), sum(made[1::2])) == (4, 4)
    for user in (ada, bob):
        lists = TodoList.objects.owned_by(user)
        assert len(lists) == 5
        assert {each.default_owner_id for each in lists[1:]} == {-each.pk for each in lists[1:]}
