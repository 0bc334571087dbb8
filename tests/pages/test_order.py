"""The manual order on the list's pages, with and without scripts."""

import re

import pytest
from django.test import Client

from tests.factories import make_list, make_todo, make_todos, make_user, share
from tests.pages.test_list import HTMX, shown
from todos.listing import PAGE_SIZE
from todos.models import Todo
from todos.services import create_list, create_todo, delete_todo, place_todo

pytestmark = pytest.mark.django_db
MANUAL = "/?sort=manual"
FROM_THERE = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{MANUAL}"}


def titles(client: Client, address: str = MANUAL) -> list[str]:
    return [title for group in shown(client, address).values() for title in group]


def message(text: str) -> str:
    return re.search(r'<div class="toast .*?<p>(.*?)</p>', text, re.DOTALL)[1]


def step(client: Client, direction: str, *todos: Todo, back: str = MANUAL) -> str:
    data = {"action": direction, "todo": [todo.pk for todo in todos], "next": back}
    return message(client.post("/todos/change", data, follow=True).text)


def test_my_order_is_a_choice_beside_the_others(client: Client) -> None:
    make_todo("a")
    assert '<option value="manual" selected>My order</option>' in client.get(MANUAL).text
    assert "data-manual" in client.get(MANUAL).text
    assert "data-manual" not in client.get("/").text


def test_list_is_in_the_manual_order_open_todos_first(client: Client) -> None:
    todos = [make_todo(title, completed=title == "b") for title in "abcd"]
    place_todo(todo_list=make_list(), todo_id=todos[3].pk, neighbour_id=None, is_after=True)
    assert titles(client) == ["d", "a", "c", "b"]


def test_dragged_todo_is_put_beside_another_one(client: Client) -> None:
    todos = [make_todo(title) for title in "abc"]
    answer = client.post(f"/todos/{todos[2].pk}/position", {"after": todos[0].pk}, headers=FROM_THERE)
    assert answer["HX-Retarget"] == "#todos"
    assert re.findall(r'id="title-\d+"[^>]*>(\w)<', answer.text) == ["a", "c", "b"]
    client.post(f"/todos/{todos[1].pk}/position", {"before": todos[0].pk}, headers=FROM_THERE)
    assert titles(client) == ["b", "a", "c"]


def test_buttons_move_the_selected_todo(client: Client) -> None:
    todos = [make_todo(title) for title in "abc"]
    assert step(client, "up", todos[2]) == "Moved “c”."
    assert titles(client) == ["a", "c", "b"]
    step(client, "down", todos[0])
    assert titles(client) == ["c", "a", "b"]
    assert step(client, "up", todos[2]) == "This todo is already first."
    assert step(client, "down", todos[1]) == "This todo is already last."
    assert step(client, "up", todos[0], todos[1]) == "Select one todo to move it up or down."
    assert step(client, "up") == "Select the todos first."
    assert titles(client) == ["c", "a", "b"]


def test_button_moves_past_what_the_page_does_not_show(client: Client) -> None:
    first, *_, last = [make_todo(title) for title in ("Essay 1", "Milk", "Bread", "Essay 2")]
    step(client, "up", last, back="/?sort=manual&q=essay")
    assert titles(client, "/?sort=manual&q=essay") == ["Essay 2", "Essay 1"]
    assert titles(client) == ["Essay 2", "Essay 1", "Milk", "Bread"]
    step(client, "up", first)
    assert titles(client)[0] == "Essay 1"


def test_button_does_not_move_an_open_todo_among_completed_ones(client: Client) -> None:
    todos = [make_todo("a"), make_todo("b", completed=True)]
    assert step(client, "down", todos[0]) == "This todo is already last."
    assert step(client, "up", todos[1]) == "This todo is already first."


def test_button_moves_to_the_page_before(client: Client) -> None:
    todos = make_todos(90)
    step(client, "up", todos[PAGE_SIZE], back="/?sort=manual&page=2")
    assert titles(client)[PAGE_SIZE - 1] == todos[PAGE_SIZE].title


def test_neighbour_that_was_deleted_meanwhile_is_told(client: Client) -> None:
    todos = [make_todo(title) for title in "ab"]
    delete_todo(todo_list=make_list(), todo_id=todos[0].pk)
    answer = client.post(f"/todos/{todos[1].pk}/position", {"before": todos[0].pk}, headers=FROM_THERE)
    assert message(answer.text) == "One of these todos was deleted meanwhile."


@pytest.mark.parametrize("data", [{}, {"after": ""}, {"after": "x"}, {"before": "9" * 30}, {"after": "-1"}])
def test_other_places_are_refused(client: Client, data: dict[str, str]) -> None:
    todo = make_todo("a")
    assert client.post(f"/todos/{todo.pk}/position", data, headers=HTMX).status_code == 400


def test_todo_of_somebody_else_is_not_found(client: Client) -> None:
    mine, theirs = make_todo("a"), make_todo("b", user=make_user())
    assert client.post(f"/todos/{theirs.pk}/position", {"after": mine.pk}).status_code == 404
    client.post(f"/todos/{mine.pk}/position", {"after": theirs.pk})
    client.post("/todos/change", {"action": "up", "todo": [theirs.pk]})
    assert not Todo.objects.exclude(position=None).exists()


def test_another_list_has_its_own_order(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    uni = create_list(user=user, name="Uni")
    todos = [create_todo(todo_list=uni, title=title) for title in "ab"]
    prefix = f"/lists/{uni.pk}"
    client.post(f"{prefix}/todos/{todos[1].pk}/position", {"before": todos[0].pk})
    assert titles(client, f"{prefix}?sort=manual") == ["b", "a"]


# --- Undo ---


def undo_token(text: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', text)[1]


def drag(client: Client, todo: Todo, **where: Todo) -> str:
    data = {side: other.pk for side, other in where.items()}
    return undo_token(client.post(f"/todos/{todo.pk}/position", data, headers=FROM_THERE).text)


def undo(client: Client, token: str, back: str = MANUAL) -> str:
    return message(client.post("/todos/undo", {"token": token, "next": back}, follow=True).text)


def test_moves_are_undone_one_after_the_other(client: Client) -> None:
    a, b, c = (make_todo(title) for title in "abc")
    tokens = [drag(client, c, before=a), drag(client, b, before=c), drag(client, c, after=a)]
    orders = [titles(client)]
    while tokens:
        said = undo(client, tokens.pop())
        orders.append(titles(client))
    assert said == "Undone: “c” is back in its place."
    assert orders == [["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]
    assert not Todo.objects.exclude(position=None).filter(pk__in=[a.pk, b.pk, c.pk]).exists()


def test_buttons_without_scripts_offer_undo(client: Client) -> None:
    todos = [make_todo(title) for title in "ab"]
    page = client.post("/todos/change", {"action": "up", "todo": todos[1].pk, "next": MANUAL}, follow=True).text
    assert titles(client) == ["b", "a"]
    undo(client, undo_token(page))
    assert titles(client) == ["a", "b"]


def test_todo_that_was_moved_since_stays(client: Client) -> None:
    a, b, c = (make_todo(title) for title in "abc")
    token = drag(client, c, before=a)
    drag(client, c, before=b)
    assert undo(client, token) == "Not undone: the todo was moved or deleted since."
    assert titles(client) == ["a", "c", "b"]


def test_deleted_todo_is_not_moved_back(client: Client) -> None:
    a, b = (make_todo(title) for title in "ab")
    token = drag(client, b, before=a)
    delete_todo(todo_list=make_list(), todo_id=b.pk)
    assert undo(client, token) == "Not undone: the todo was moved or deleted since."


def test_move_that_moved_nothing_offers_no_undo(client: Client) -> None:
    a, b = (make_todo(title) for title in "ab")
    answer = client.post(f"/todos/{b.pk}/position", {"after": a.pk}, headers=FROM_THERE)
    assert 'name="token"' not in answer.text


def test_move_for_which_others_made_room_offers_no_undo(client: Client) -> None:
    todos = [make_todo(title) for title in "abc"]
    Todo.objects.filter(pk=todos[0].pk).update(position=1.0)
    Todo.objects.filter(pk=todos[1].pk).update(position=1.0000000000000002)
    answer = client.post(f"/todos/{todos[2].pk}/position", {"after": todos[0].pk}, headers=FROM_THERE)
    assert titles(client) == ["a", "c", "b"]
    assert 'name="token"' not in answer.text


def test_viewer_undoes_no_move(client: Client) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    uni = create_list(user=ada, name="Uni")
    a, b = (create_todo(todo_list=uni, title=title) for title in "ab")
    share(uni, bob, "viewer")
    client.force_login(ada)
    prefix = f"/lists/{uni.pk}"
    answer = client.post(f"{prefix}/todos/{b.pk}/position", {"before": a.pk}, headers=FROM_THERE)
    client.force_login(bob)
    assert client.post(f"{prefix}/todos/undo", {"token": undo_token(answer.text)}).status_code == 403
    assert titles(client, f"{prefix}?sort=manual") == ["b", "a"]
