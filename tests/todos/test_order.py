"""The manual order: a total order always, one row written for a move, and no change of the todo itself."""

import random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.builds.build import build_calendar
from calendars.models import Calendar
from tests.calendars.test_moves_crowd import patiently
from tests.crowd import together
from tests.factories import make_job, make_list, make_some_list, make_todo, make_user, move_todos
from tests.hostile import JSON
from todos import undo
from todos.models import Todo, TodoList
from todos.services import (
    Action,
    BulkItem,
    NoSuchNeighbour,
    change_todos,
    copy_open_list,
    create_list,
    create_todo,
    delete_todo,
    place_todo,
    restore_todo,
    update_todo,
)

pytestmark = pytest.mark.django_db
TODOS = "/api/v1/todos"


def order(todo_list: TodoList | None = None) -> str:
    todos = (todo_list or make_list()).todos.visible().in_manual_order()
    return "".join(todos.values_list("title", flat=True))


def make(titles: str, todo_list: TodoList | None = None) -> dict[str, Todo]:
    return {title: create_todo(todo_list=todo_list or make_list(), title=title) for title in titles}


def put_after(todo: Todo, other: Todo | None) -> Todo:
    neighbour_id = other and other.pk
    return place_todo(todo_list=todo.list, todo_id=todo.pk, neighbour_id=neighbour_id, is_after=True)


def put_before(todo: Todo, other: Todo | None) -> Todo:
    neighbour_id = other and other.pk
    return place_todo(todo_list=todo.list, todo_id=todo.pk, neighbour_id=neighbour_id, is_after=False)


def test_todos_are_as_they_came_until_they_are_moved() -> None:
    todos = make("abcd")
    assert order() == "abcd"
    put_after(todos["d"], todos["a"])
    assert order() == "adbc"
    put_before(todos["a"], todos["c"])
    assert order() == "dbac"
    put_after(todos["c"], None)
    assert order() == "cdba"
    put_before(todos["d"], None)
    assert order() == "cbad"
    make("e")
    assert order() == "cbade"


def test_move_writes_the_place_of_one_todo() -> None:
    todos = make("abcd")
    with CaptureQueriesContext(connection) as queries:
        put_after(todos["d"], todos["a"])
    written = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "todos_todo"')]
    assert len(written) == 1
    assert Todo.objects.exclude(position=None).count() == 1


def test_todo_itself_does_not_change() -> None:
    todos, before = make("ab"), {todo["id"]: todo for todo in Todo.objects.values()}
    revision = TodoList.objects.get().revision
    put_before(todos["b"], todos["a"])
    after = {todo["id"]: todo | {"position": None} for todo in Todo.objects.values()}
    assert after == before
    assert TodoList.objects.get().revision == revision + 1


def test_move_to_where_it_is_changes_nothing() -> None:
    todos = make("abc")
    revision = TodoList.objects.get().revision
    put_after(todos["b"], todos["a"])
    put_before(todos["b"], todos["c"])
    put_after(todos["a"], None)
    put_before(todos["c"], None)
    assert TodoList.objects.get().revision == revision
    assert not Todo.objects.exclude(position=None).exists()


@pytest.mark.parametrize("is_after", [True, False])
def test_gap_that_is_used_up_is_spread(is_after: bool) -> None:
    todos = make("axyb")
    kept, first, second = [todos["a"], todos["b"]], todos["x"], todos["y"]
    for number in range(200):  # each halves the gap
        todo = (first, second)[number % 2]
        if is_after:
            put_after(todo, kept[0])
        else:
            put_before(todo, kept[1])
        expected = [todo.pk, (second if todo is first else first).pk]
        inner = expected if is_after else expected[::-1]
        found = list(Todo.objects.in_manual_order().values_list("pk", flat=True))
        assert found == [kept[0].pk, *inner, kept[1].pk]
    places = list(Todo.objects.in_manual_order().values_list("place", flat=True))
    assert len(set(places)) == 4


def test_first_and_last_are_reached_any_number_of_times() -> None:
    todos = make("abc")
    for number in range(200):
        put_after(todos["bc"[number % 2]], None)
        put_before(todos["a"], None)
        put_before(todos["bc"[(number + 1) % 2]], None)
    make("d")
    assert order()[-1] == "d"
    assert sorted(order()) == list("abcd")


def test_spreading_moves_few() -> None:
    todos = list(make("".join(chr(0x4E00 + n) for n in range(300))).values())
    middle = todos[150]
    for number in range(60):
        put_after(todos[250 + number % 2], middle)
    assert Todo.objects.exclude(position=None).count() < 150
    expected = [todo.title for todo in todos if todo not in todos[250:252]]
    expected[151:151] = [todos[251].title, todos[250].title]
    assert order() == "".join(expected)


@pytest.mark.parametrize("who", ["itself", "deleted", "elsewhere", "nobody"])
def test_neighbour_has_to_be_another_todo_of_the_list(client: Client, who: str) -> None:
    todos = make("ab")
    delete_todo(todo_list=make_list(), todo_id=todos["b"].pk)
    other = make_todo(user=make_user())
    ids = {"itself": todos["a"].pk, "deleted": todos["b"].pk, "elsewhere": other.pk, "nobody": 10**12}
    with pytest.raises(NoSuchNeighbour):
        place_todo(todo_list=make_list(), todo_id=todos["a"].pk, neighbour_id=ids[who], is_after=True)
    for side in ("after", "before"):
        answer = client.put(f"{TODOS}/{todos['a'].pk}/position", {side: ids[who]}, JSON)
        assert answer.status_code == 400
        assert answer.json()["fields"] == {side: ["There is no such todo in this list, or it is the one to move."]}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9), st.booleans()), max_size=60))
def test_moves_do_what_they_do_to_a_plain_list(moves: list[tuple[int, int, bool]]) -> None:
    todo_list = make_some_list()
    todos = list(make("abcdefghij", todo_list).values())
    model = list(todos)
    for which, beside, is_after in moves:
        todo, other = todos[which], todos[beside] if beside >= 0 else None
        if todo is other:
            continue
        place_todo(todo_list=todo_list, todo_id=todo.pk, neighbour_id=other and other.pk, is_after=is_after)
        model.remove(todo)
        if other is None:
            model.insert(0 if is_after else len(model), todo)
        else:
            model.insert(model.index(other) + is_after, todo)
        assert order(todo_list) == "".join(todo.title for todo in model)


def test_edit_keeps_a_place_that_was_given_meanwhile() -> None:
    todos = make("abc")
    read = todos["c"]
    put_after(Todo.objects.get(pk=read.pk), None)
    update_todo(todo_list=make_list(), todo_id=read.pk, changes={"title": "C"}, as_read=read)
    assert order() == "Cab"
    change_todos(todo_list=make_list(), items=[BulkItem(read.pk, Action.COMPLETE)])
    assert order() == "Cab"


def test_todo_comes_back_from_the_trash_to_its_place() -> None:
    todos = make("abc")
    put_after(todos["c"], None)
    delete_todo(todo_list=make_list(), todo_id=todos["c"].pk)
    assert order() == "ab"
    restore_todo(todo_list=make_list(), todo_id=todos["c"].pk)
    assert order() == "cab"


def test_new_todo_comes_last_in_a_list_with_a_todo_from_elsewhere() -> None:
    user = make_user()
    source, target = make_list(user), create_list(user=user, name="Uni")
    make("a", target)
    todos = make("bc", source)
    move_todos(user=user, source=source, target=target, todo_ids=[todos["c"].pk])
    todos["c"].list = target
    put_before(todos["c"], None)
    make("d", target)
    assert order(target) == "acd"


def test_todos_that_are_moved_to_a_list_come_last_in_it() -> None:
    user = make_user()
    home, uni = make_list(user), create_list(user=user, name="Uni")
    todos = make("abcd", home) | make("xyz", uni)
    put_before(todos["x"], None)
    delete_todo(todo_list=uni, todo_id=todos["x"].pk)
    put_after(todos["d"], None)
    move_todos(user=user, source=home, target=uni, todo_ids=[todos["c"].pk, todos["a"].pk])
    assert (order(home), order(uni)) == ("db", "yzca")
    restore_todo(todo_list=uni, todo_id=todos["x"].pk)
    make("n", uni)
    assert order(uni) == "yzxcan"
    move_todos(user=user, source=home, target=uni, todo_ids=[todos["b"].pk])
    assert order(uni) == "yzxcanb"


def test_sub_tasks_that_are_moved_with_their_parent_stay_in_order() -> None:
    user = make_user()
    home, uni = make_list(user), create_list(user=user, name="Uni")
    parent = create_todo(todo_list=home, title="p")
    below = {title: create_todo(todo_list=home, title=title, parent_id=parent.pk) for title in "abc"}
    put_after(below["c"], None)
    make("x", uni)
    move_todos(user=user, source=home, target=uni, todo_ids=[parent.pk])
    assert "".join(title for title in order(uni) if title in "abc") == "cab"
    assert order(uni).replace("c", "").replace("a", "").replace("b", "") == "xp"


def test_undoing_moves_gives_todos_their_places_back() -> None:
    user = make_user()
    home, uni = make_list(user), create_list(user=user, name="Uni")
    todos = make("abcd", home) | make("xy", uni)
    put_after(todos["c"], todos["a"])
    put_after(todos["d"], None)
    results = move_todos(user=user, source=home, target=uni, todo_ids=[todos[one].pk for one in "cd"])
    assert (order(home), order(uni)) == ("ab", "xycd")
    put_after(Todo.objects.select_related("list").get(pk=todos["c"].pk), None)  # that is no change of the todo
    change_todos(todo_list=home, items=undo.read(home, undo.offer(home, results)), user=user)
    assert (order(home), order(uni)) == ("dacb", "xy")


def test_list_takes_others_at_its_end_any_number_of_times() -> None:
    user = make_user()
    home, uni = make_list(user), create_list(user=user, name="Uni")
    titles = "".join(chr(0x4E00 + n) for n in range(60))
    todos = make(titles, home)
    make("xy", uni)
    for title in titles:
        move_todos(user=user, source=home, target=uni, todo_ids=[todos[title].pk])
    assert order(uni) == "xy" + titles
    for _ in range(4):  # in one change, while no ids are added
        for source, target in ((uni, home), (home, uni)):
            moved = [todo.pk for todo in source.todos.in_manual_order() if todo.title in titles]
            move_todos(user=user, source=source, target=target, todo_ids=moved)
            assert order(target).endswith(titles)
    make("n", uni)
    assert order(uni) == f"xy{titles}n"
    newest = Todo.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert all(place <= newest for place in uni.todos.in_manual_order().values_list("place", flat=True))


def test_copy_of_the_open_list_is_in_its_order() -> None:
    todos = make("abc")
    put_after(todos["c"], None)
    own = make_list(make_user())
    copy_open_list(own)
    make("d", own)
    assert order(own) == "cabd"


def test_file_stays_as_it_is_and_becomes_current_again() -> None:
    todos = [make_todo(title) for title in "ab"]
    job = make_job()
    build_calendar(job.calendar_id)
    file = Calendar.objects.get().current_file_id
    put_before(todos[1], todos[0])
    build_calendar(make_job().calendar_id)
    calendar = Calendar.objects.get()
    assert (calendar.current_file_id, calendar.current_revision) == (file, TodoList.objects.get().revision)


# --- The API ---


def titles(client: Client, query: str) -> str:
    return "".join(todo["title"] for todo in client.get(f"{TODOS}{query}").json())


def test_api_moves_and_shows_the_order(client: Client) -> None:
    todos = make("abc")
    path = f"{TODOS}/{todos['c'].pk}/position"
    before = client.get(f"{TODOS}/{todos['c'].pk}")
    answer = client.put(path, {"after": todos["a"].pk}, JSON)
    assert (answer.status_code, answer.json()) == (200, before.json())
    assert titles(client, "?ordering=position") == "acb"
    assert titles(client, "?ordering=-position") == "bca"
    assert titles(client, "?ordering=position&limit=1&offset=1") == "c"
    assert titles(client, "") == "abc"
    client.put(path, {"before": None}, JSON)
    assert titles(client, "?ordering=position") == "abc"
    client.put(path, {"after": None}, JSON)
    assert titles(client, "?ordering=position") == "cab"
    assert client.get(f"{TODOS}/{todos['c'].pk}")["ETag"] == before["ETag"]


def test_etag_of_the_list_changes_with_its_order(client: Client) -> None:
    todos = make("ab")
    address = f"{TODOS}?ordering=position"
    etag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    client.put(f"{TODOS}/{todos['b'].pk}/position", {"after": None}, JSON)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"after": 1, "before": 2}, {"after": "1"}, {"after": True}, {"after": 0}, {"after": 1.5},
        {"after": 2**63}, {"position": 1}, {"after": None, "before": None},
    ],
)  # fmt: skip
def test_api_refuses_other_places(client: Client, body: Any) -> None:
    todos = make("ab")
    answer = client.put(f"{TODOS}/{todos['a'].pk}/position", body, JSON)
    assert answer.status_code == 400, answer.json()
    assert not Todo.objects.exclude(position=None).exists()


def test_api_knows_no_todo_of_somebody_else(client: Client) -> None:
    make("ab")
    theirs = make_todo(user=make_user())
    for path in (f"{TODOS}/{theirs.pk}", f"{TODOS}/{10**12}", f"/api/v1/lists/{theirs.list_id}/todos/{theirs.pk}"):
        for body in ({"after": None}, {"after": theirs.pk}, {}):
            assert client.put(f"{path}/position", body, JSON).status_code == 404
    assert not Todo.objects.exclude(position=None).exists()


def test_api_orders_another_list_of_the_user(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    uni = create_list(user=user, name="Uni")
    todos = make("ab", uni)
    path = f"/api/v1/lists/{uni.pk}/todos"
    client.put(f"{path}/{todos['b'].pk}/position", {"before": todos["a"].pk}, JSON)
    assert [todo["title"] for todo in client.get(f"{path}?ordering=position").json()] == ["b", "a"]


# --- Several at once ---


@pytest.mark.django_db(transaction=True)
def test_many_who_order_at_once_lose_nothing() -> None:
    todo_list = make_list(make_user())
    ids = [todo.pk for todo in make("abcdefgh", todo_list).values()]

    def shuffle(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            todo_id, neighbour_id = chance.sample(ids, 2)
            place = {"todo_id": todo_id, "neighbour_id": neighbour_id, "is_after": chance.random() < 0.5}
            patiently(lambda place=place: place_todo(todo_list=todo_list, **place))

    def edit() -> None:
        for number in range(40):
            edited = {"todo_id": ids[number % 8], "changes": {"description": f"{number}"}}
            patiently(lambda edited=edited: update_todo(todo_list=todo_list, **edited))

    together(*[lambda seed=seed: shuffle(seed) for seed in range(4)], edit)

    places = list(todo_list.todos.in_manual_order().values_list("place", flat=True))
    assert len(set(places)) == 8
    assert sorted(order(todo_list)) == list("abcdefgh")
