"""Sub-tasks in calendar files: RELATED-TO, from and to other programs."""

import pytest

from calendars.builds.build import build_calendar
from calendars.imports.services import apply_import, pack, plan_import, unpack
from calendars.models import Calendar
from tests.calendars.test_incremental import full_render
from tests.factories import make_job, make_list, make_todo, make_user, move_todos
from todos.models import Todo
from todos.services import create_list, delete_todo, restore_todo, update_todo

pytestmark = pytest.mark.django_db


def built(user=None, **options) -> str:
    job = make_job(user, **options)
    build_calendar(job.calendar_id)
    calendar = Calendar.objects.get(pk=job.calendar_id)
    body = bytes(calendar.current_file.body)
    assert body == full_render(make_list(user), calendar.options).body
    return body.decode().replace("\r\n ", "")


def related(text: str) -> list[str]:
    return [line.partition(":")[2] for line in text.split("\r\n") if line.startswith("RELATED-TO;RELTYPE=PARENT:")]


def file_of(*components: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *components, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def task(uid: str, *more: str) -> str:
    return "\r\n".join(["BEGIN:VTODO", f"UID:{uid}", f"SUMMARY:{uid}", *more, "END:VTODO"])


def below(uid: str, parent: str) -> str:
    return task(uid, f"RELATED-TO:{parent}")


def tree(todo_list=None) -> dict[str, str]:
    todos = (todo_list or make_list()).todos.visible().order_by("title")
    return {title: parent or "" for title, parent in todos.values_list("title", "parent__title")}


def imported(*components: str) -> tuple[dict[str, str], list[str]]:
    plan = plan_import(todo_list=make_list(), body=file_of(*components))
    apply_import(todo_list=make_list(), plan=plan)
    return tree(), plan.notes


def test_file_names_the_parent_of_a_todo() -> None:
    parent = make_todo("a", None)
    assert "RELATED-TO" not in built()
    make_todo("b", parent_id=parent.pk)
    assert related(built()) == [str(parent.uid)]
    assert related(built(components="todo")) == [str(parent.uid)]


def test_file_with_events_and_tasks_keeps_both_trees() -> None:
    parent = make_todo("a")
    make_todo("b", parent_id=parent.pk)
    text = built(components="both")
    events, tasks = related(text)
    assert events == str(parent.uid)
    assert f"BEGIN:VTODO\r\nUID:{tasks}\r\n" in text


def test_file_follows_the_parent() -> None:
    user = make_user()
    other = create_list(user=user, name="Uni")
    parent = make_todo("a", user=user)
    child = make_todo("b", user=user, parent_id=parent.pk)
    assert related(built(user)) == [str(parent.uid)]
    delete_todo(todo_list=make_list(user), todo_id=parent.pk)
    assert related(built(user)) == []
    restore_todo(todo_list=make_list(user), todo_id=child.pk)
    assert related(built(user)) == []
    assert f"UID:{child.uid}" in built(user)
    restore_todo(todo_list=make_list(user), todo_id=parent.pk)
    update_todo(todo_list=make_list(user), todo_id=child.pk, changes={"parent_id": parent.pk})
    assert related(built(user)) == [str(parent.uid)]
    move_todos(user=user, source=make_list(user), target=other, todo_ids=[child.pk])
    move_todos(user=user, source=other, target=make_list(user), todo_ids=[child.pk])
    assert related(built(user)) == []


def test_import_reads_parents_in_any_order() -> None:
    assert imported(below("c", "b"), below("b", "a"), task("a")) == ({"a": "", "b": "a", "c": "b"}, [])


@pytest.mark.parametrize(
    "line", ["RELATED-TO;RELTYPE=PARENT:a", "RELATED-TO;RELTYPE=parent:a", "RELATED-TO:a", 'RELATED-TO;X="b;c":a']
)
def test_import_reads_each_spelling(line: str) -> None:
    assert imported(task("a"), task("b", line)) == ({"a": "", "b": "a"}, [])


@pytest.mark.parametrize("kind", ["CHILD", "SIBLING", "DEPENDS-ON", "X-OTHER"])
def test_import_counts_other_relations(kind: str) -> None:
    body = file_of(task("a"), task("b", f"RELATED-TO;RELTYPE={kind}:a", "RELATED-TO:a", "RELATED-TO:c"))
    plan = plan_import(todo_list=make_list(), body=body)
    assert plan.losses == [{"name": "relations to other entries", "count": 2}]
    apply_import(todo_list=make_list(), plan=plan)
    assert tree() == {"a": "", "b": "a"}


def test_import_of_a_broken_relation_keeps_the_todo() -> None:
    assert imported(task("a"), task("b", "RELATED-TO;=:a")) == ({"a": "", "b": ""}, [])


def test_import_takes_a_parent_from_the_list() -> None:
    imported(task("a"))
    assert imported(task("a"), below("b", "a"))[0] == {"a": "", "b": "a"}


def test_import_restores_a_todo_below_its_parent() -> None:
    imported(task("a"), below("b", "a"))
    delete_todo(todo_list=make_list(), todo_id=Todo.objects.get(title="b").pk)
    assert imported(below("b", "a"))[0] == {"a": "", "b": "a"}
    delete_todo(todo_list=make_list(), todo_id=Todo.objects.get(title="a").pk)
    assert imported(below("b", "a"), task("a"))[0] == {"a": "", "b": "a"}


def test_import_says_what_it_cannot_put_below_anything() -> None:
    found, notes = imported(below("b", "gone"), below("c", "gone"))
    assert found == {"b": "", "c": ""}
    assert notes == ["2 sub-tasks are imported without a parent. There is no such todo in this list."]


def test_import_opens_circles() -> None:
    found, notes = imported(below("a", "b"), below("b", "a"), below("c", "c"))
    assert found == {"a": "", "b": "a", "c": ""}
    assert notes == ["2 sub-tasks are imported without a parent. A todo cannot be below itself."]


def test_import_cuts_what_is_too_deep() -> None:
    found, notes = imported(task("a"), below("b", "a"), below("c", "b"), below("d", "c"))
    assert found == {"a": "", "b": "a", "c": "b", "d": ""}
    assert notes == ["1 sub-task is imported without a parent. Todos and sub-tasks can be 3 levels deep at most."]


def test_import_puts_a_hundred_below_one() -> None:
    found, notes = imported(task("a"), *(below(f"b{number}", "a") for number in range(102)))
    assert list(found.values()).count("a") == 100
    assert notes == ["2 sub-tasks are imported without a parent. A todo can have 100 sub-tasks at most."]


def test_import_of_our_own_file_keeps_the_tree() -> None:
    user = make_user()
    parent = make_todo("a", user=user)
    child = make_todo("b", user=user, parent_id=parent.pk)
    make_todo("c", user=user, parent_id=child.pk)
    for options in ({}, {"components": "todo"}, {"components": "both"}):
        Todo.objects.exclude(list=make_list(user)).delete()
        body = built(user, **options).encode()
        apply_import(todo_list=make_list(), plan=plan_import(todo_list=make_list(), body=body))
        assert tree() == {"a": "", "b": "a", "c": "b"}


def test_plan_keeps_the_tree_in_a_session() -> None:
    plan = plan_import(todo_list=make_list(), body=file_of(task("a"), below("b", "a")))
    assert unpack(pack(plan, make_list()), make_list()).added == plan.added
