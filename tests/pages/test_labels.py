"""Labels on pages: typed, shown, filtered, and managed in one place."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_user
from tests.pages.test_list import HTMX, inputs_of, shown
from todos.models import Label, Todo
from todos.services import archive_list, create_list, create_todo

pytestmark = pytest.mark.django_db


def stored() -> list[tuple[str, tuple[str, ...]]]:
    return [(todo.title, todo.labels) for todo in Todo.objects.order_by("id")]


def chips(text: str) -> list[tuple[str, str]]:
    return re.findall(r'<b(?: class="(\w+)")?>([^<]*)</b>', text)


def names(user: User | None = None) -> list[str]:
    return list(Label.objects.of_owner(user and user.pk).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"title": "Essay"}, ("Essay", ())),
        ({"title": "Essay", "labels": ""}, ("Essay", ())),
        ({"title": "Essay", "labels": " uni , Group  work,,UNI "}, ("Essay", ("uni", "Group work"))),
        ({"title": "Essay #uni #x"}, ("Essay", ("uni", "x"))),
        ({"title": "Essay #uni", "labels": "work, UNI"}, ("Essay", ("work", "UNI"))),
        ({"title": "Essay #uni", "literally": "on", "labels": "work"}, ("Essay #uni", ("work",))),
        ({"title": "#uni"}, ("#uni", ())),
    ],
)
def test_add_stores_the_labels(client: Client, values: dict, expected: tuple) -> None:
    assert client.post("/todos/new", values).status_code == 302
    assert stored() == [expected]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"labels": "x" * 51}, "A label can have at most 50 characters."),
        ({"labels": "a\x07b"}, "contain commas or control characters."),
        ({"labels": ",".join(f"l{n}" for n in range(21))}, "A todo can have at most 20 labels."),
        (
            {"title": "x #one-more", "labels": ",".join(f"l{n}" for n in range(20))},
            "A todo can have at most 20 labels.",
        ),
        ({"labels": "x" * 2_000}, "at most 1040 characters"),
    ],
)
def test_other_labels_are_refused(client: Client, values: dict, sentence: str) -> None:
    todo = make_todo(labels=["uni"])
    paths = ("/todos/new",) if "title" in values else ("/todos/new", f"/todos/{todo.pk}")
    for path in paths:
        answer = client.post(path, {"title": "Thesis", "sequence": "0"} | values)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert stored() == [("Essay", ("uni",))]


def test_message_and_reading_say_the_labels(client: Client) -> None:
    answer = client.post("/todos/new", {"title": "Essay #uni #x"}, follow=True)
    assert "Added “Essay”, labelled uni, x." in answer.text
    reading = client.get("/todos/reading", {"title": "Essay #uni #<b>"}).text
    assert "“Essay”, labelled <strong>uni</strong>" not in reading
    assert "Keep the text as it is" in reading
    assert "<b>" not in reading
    assert "labelled <strong>uni, x</strong>" in client.get("/todos/reading", {"title": "Essay #uni #x"}).text


def test_editor_changes_the_labels_and_undo_takes_them_back(client: Client) -> None:
    todo = make_todo(description="", labels=["uni", "Group work"])
    page = client.get(f"/todos/{todo.pk}")
    values = inputs_of(page)
    assert values["labels"] == "uni, Group work"
    answer = client.post(f"/todos/{todo.pk}", values | {"labels": "work"}, follow=True)
    assert stored() == [("Essay", ("work",))]
    client.post("/todos/undo", {"token": re.search(r'name="token" value="([^"]+)"', answer.text)[1]})
    assert stored() == [("Essay", ("uni", "Group work"))]


def test_editor_without_the_field_keeps_the_labels(client: Client) -> None:
    """A page of the release before does not have it."""
    todo = make_todo(labels=["uni"])
    client.post(f"/todos/{todo.pk}", {"title": "Thesis", "description": "", "sequence": "0"})
    assert stored() == [("Thesis", ("uni",))]


def test_rows_show_some_labels_in_their_colors(client: Client) -> None:
    make_todo("a", None, labels=["uni", "x<y"])
    make_todo("b", None, labels=["x" * 50, "l2", "l3", "l4"])
    Label.objects.filter(name="uni").update(color="red")
    text = client.get("/").text
    assert chips(text) == [
        ("red", "uni"), ("", "x&lt;y"), ("", "xxxxxxxxxxxxx…"), ("", "+3"),
    ]  # fmt: skip


def test_rows_show_as_much_of_the_description_as_fits(client: Client) -> None:
    make_todo("a", None, description="x<y")
    make_todo("b", None, description="z<" * 50)
    make_todo("c", None, description="d" * 50, labels=["uni", "work"])
    make_todo("d", None, description="hidden", labels=["l" * 14, "m" * 14, "n"])
    rows = client.get("/?sort=title").text.partition('<div id="todos"')[2]
    notes = re.findall(r'<p class="note">(.*?)</p>', rows)
    assert notes == [
        "x&lt;y", "z&lt;" * 44 + "z…", f"<b>uni</b><b>work</b>{'d' * 18}…",
        f"<b>{'l' * 14}</b><b>+2</b>hidden",
    ]  # fmt: skip


def test_rows_of_all_lists_show_the_labels(client: Client, ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    todo = make_todo("a", "2020-01-01", user=ada, labels=["own"])
    create_todo(todo_list=uni, title="b", due=todo.due, labels=["OWN", "other"])
    assert chips(client.get("/today").text) == [("", "own"), ("", "own"), ("", "other")]


@pytest.mark.parametrize("address", ["/", "/today", "/todos/{}", "/todos/new"])
def test_forms_offer_the_labels_of_the_owner(client: Client, ada: User, address: str) -> None:
    todo = make_todo(user=ada, labels=["uni", "x<y"])
    make_todo(labels=["open"])
    text = client.get(address.format(todo.pk)).text
    offered = re.search(r'<datalist id="label-names">(.*?)</datalist>', text)[1]
    assert re.findall(r'value="([^"]*)"', offered) == ["uni", "x&lt;y"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/?label=uni", {"none": ["both", "uni"], "done": ["done"]}),
        ("/?label=UNI&state=open", {"none": ["both", "uni"]}),
        ("/?label=work&sort=title", {"None": ["both"]}),
        ("/?label=un&state=open", {}),
        ("/?label=a,b&state=open", {}),
    ],
)
def test_list_is_filtered_by_label(client: Client, address: str, expected: dict) -> None:
    for title, values in {
        "both": {"labels": ["work", "uni"]}, "none": {}, "uni": {"labels": ["Uni"]}, "unix": {"labels": ["unix"]},
        "done": {"labels": ["uni"], "completed": True},
    }.items():  # fmt: skip
        make_todo(title, None, **values)
    assert shown(client, address) == expected


def test_filter_is_offered_and_stays_on_the_way_through_the_page(client: Client) -> None:
    assert 'name="label"' not in client.get("/").text
    make_todo(labels=["uni"])
    assert '<option value="uni">uni</option>' in client.get("/").text
    page = client.get("/?label=uni").text
    assert '<option value="uni" selected>uni</option>' in page
    assert 'name="next" value="/?label=uni"' in page
    assert "No matching todos" in client.get("/?label=other").text
    headers = HTMX | {"HX-Current-URL": "http://testserver/?label=other"}
    assert "No matching todos" in client.post("/todos/new", {"title": "Thesis"}, headers=headers).text


def test_queries_do_not_grow_with_labels(client: Client, ada: User) -> None:
    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    addresses = ("/", "/today", "/labels", "/?label=l1")
    make_todo(user=ada, deadline="2020-01-01", labels=["l1"])
    before = [count(address) for address in addresses]
    for number in range(5):
        make_todo(user=ada, deadline="2020-01-01", labels=["l1", f"l{number}", f"m{number}"])
    assert [count(address) for address in addresses] == before


# Lists in a line


def test_line_names_the_list(client: Client, ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    create_list(user=make_user("bob"), name="Secret")
    archive_list(todo_list=create_list(user=ada, name="Old"))
    reading = client.get("/todos/reading", {"title": "Essay +uni"}).text
    assert "“Essay”, in <strong>Uni</strong>" in reading
    answer = client.post("/todos/new", {"title": "Essay +un #x"}, follow=True)
    assert "Added “Essay”, labelled x, to “Uni”." in answer.text
    assert [(todo.title, todo.labels) for todo in uni.todos.all()] == [("Essay", ("x",))]
    client.post("/todos/undo", {"token": re.search(r'name="token" value="([^"]+)"', answer.text)[1]})
    assert not uni.todos.visible().exists()
    for line in ("Essay +secret", "Essay +old", "Essay +nothing"):
        client.post("/todos/new", {"title": line})
    assert set(make_list(ada).todos.values_list("title", flat=True)) == {
        "Essay +secret", "Essay +old", "Essay +nothing"
    }  # fmt: skip
    client.post(f"/lists/{uni.pk}/todos/new", {"title": "Back +todos"})
    assert make_list(ada).todos.filter(title="Back").exists()


def test_counts_of_lists_are_right_after_a_line_for_another(client: Client, ada: User) -> None:
    uni = create_list(user=ada, name="Uni")
    answer = client.post("/todos/new", {"title": "Essay +uni"}, headers=HTMX)
    assert f'<li data-open="{uni.pk}">1</li>' in answer.text


def test_nobody_who_is_not_signed_in_has_other_lists(client: Client, ada: User) -> None:
    create_list(user=ada, name="Uni")
    make_list()
    for line in ("Essay +uni", "Essay +todos"):
        Client().post("/todos/new", {"title": line})
    assert stored() == [("Essay +uni", ()), ("Essay +todos", ())]


# The page of labels


def test_labels_are_managed_on_a_page(client: Client, ada: User) -> None:
    todo = make_todo(user=ada, labels=["uni", "work"])
    make_todo(labels=["open"])
    page = client.get("/labels").text
    assert page.index(">uni<") < page.index(">work<")
    assert "open<" not in page
    uni, work = Label.objects.of_owner(ada.pk)
    answer = client.post(f"/labels/{uni.pk}", {"name": "Physics", "color": "red"}, follow=True)
    assert "Saved." in answer.text
    assert '<span class="dot red"></span>Physics' in answer.text
    assert Todo.objects.get(pk=todo.pk).labels == ("Physics", "work")
    answer = client.post(f"/labels/{work.pk}", {"name": "physics", "color": ""}, follow=True)
    assert "“work” is now “Physics”." in answer.text
    assert (names(ada), Label.objects.get(pk=uni.pk).color) == (["Physics"], "red")
    assert Todo.objects.get(pk=todo.pk).labels == ("Physics",)


def test_deleting_asks_first(client: Client, ada: User) -> None:
    for _ in range(2):
        make_todo(user=ada, labels=["uni"])
    pk = Label.objects.get().pk
    page = client.get(f"/labels/{pk}/delete").text
    assert "It will be removed from 2 todos, which stay." in page
    assert names(ada) == ["uni"]
    assert "“uni” is deleted." in client.post(f"/labels/{pk}/delete", follow=True).text
    assert names(ada) == []
    assert {todo.labels for todo in Todo.objects.all()} == {()}


@pytest.mark.parametrize(
    "values", [{"name": ""}, {"name": "a,b"}, {"name": "x" * 51}, {"name": "uni", "color": "?"}]
)
def test_invalid_labels_are_refused(client: Client, ada: User, values: dict[str, Any]) -> None:
    make_todo(user=ada, labels=["uni"])
    answer = client.post(f"/labels/{Label.objects.get().pk}", values)
    assert answer.status_code == 422
    assert "Label “uni”" in answer.text
    assert list(Label.objects.values_list("name", "color")) == [("uni", "")]


def test_labels_of_others_are_not_found(client: Client, ada: User) -> None:
    make_todo(labels=["open"])
    make_todo(user=make_user("bob"), labels=["bobs"])
    for pk in [*Label.objects.values_list("pk", flat=True), 10**9, 10**30]:
        for path in (f"/labels/{pk}", f"/labels/{pk}/delete"):
            assert client.get(path).status_code == client.post(path, {"name": "x"}).status_code == 404
    assert set(Label.objects.values_list("name", flat=True)) == {"open", "bobs"}


def test_open_list_has_labels_for_everybody(client: Client, settings: Any) -> None:
    make_todo(labels=["open"])
    assert ">open<" in client.get("/labels").text
    settings.MODE = "private"
    assert client.get("/labels").status_code == 302
