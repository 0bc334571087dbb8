"""Files of Todoist and TickTick: what each line becomes, and files that nobody should have written."""

import codecs
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

from calendars.imports.files import MAX_ENTRIES, FileTooLarge, UnreadableFile
from calendars.imports.fitting import derived_uid
from calendars.imports.formats import NONE_FITS
from calendars.imports.services import ImportPlan, apply_import, pack, plan_import, unpack
from calendars.imports.tables import DAMAGED, MAX_COLUMNS, NOT_UTF_8
from tests.factories import make_list
from todos.deadlines import parse_deadline
from todos.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Todo
from todos.services import ImportedTodo, delete_todo, update_list

pytestmark = pytest.mark.django_db
SIZE = 2_000_000  # of files that nobody should have written

SAMPLES = Path(__file__).parent / "samples"
TODOIST, TICKTICK = (SAMPLES / "todoist.csv").read_bytes(), (SAMPLES / "ticktick.csv").read_bytes()
HEADER = "TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE"
TICKTICK_HEADER = (
    "List Name,Title,Tags,Content,Due Date,Repeat,Priority,Status,Created Time,Timezone,taskId,parentId"
)


def plan(body: bytes | str) -> ImportPlan:
    return plan_import(todo_list=make_list(), body=body.encode() if isinstance(body, str) else body)


def todoist(*lines: str) -> ImportPlan:
    return plan("\n".join([HEADER, *lines]))


def by_title(plan: ImportPlan) -> dict[str, ImportedTodo]:
    return {todo.values["title"]: todo for todo in plan.added}


def import_file(body: bytes) -> tuple[int, int]:
    todo_list = make_list()
    packed = pack(plan_import(todo_list=todo_list, body=body), todo_list)
    return apply_import(todo_list=todo_list, plan=unpack(packed, todo_list))[:2]


def losses(plan: ImportPlan) -> dict[str, int]:
    return {loss["name"]: loss["count"] for loss in plan.losses}


def tree() -> dict[str, str | None]:
    return dict(Todo.objects.order_by("id").values_list("title", "parent__title"))


def test_todoist_file_becomes_todos_in_its_order():
    make_list()
    assert import_file(TODOIST) == (10, 0)
    assert tree() == {
        "Book the venue, and the band": None,
        "Call the hall": "Book the venue, and the band",
        "Ask about the piano": "Call the hall",
        "Is it in tune?": "Call the hall",
        "Water the plants": None,
        "Müll rausbringen": None,
        "Change the filter": None,
        "Stretch": None,
        "Taxes": None,
        "=HYPERLINK(1)": None,
    }
    rows = Todo.objects.order_by("id").values_list("priority", "rule", "repeats_from_completion", "label_text")
    assert list(rows) == [
        (1, "", False, ",party,"),
        (0, "", False, ",phone,ada,"),
        (0, "", False, ""),
        (0, "", False, ""),
        (9, "FREQ=DAILY", False, ""),
        (5, "FREQ=WEEKLY;BYDAY=MO", False, ""),
        (0, "FREQ=DAILY;INTERVAL=3", True, ""),
        (0, "", False, ",Later on,"),
        (0, "", False, ",Later on,"),
        (0, "", False, ",Later on,"),
    ]
    assert import_file(TODOIST) == (0, 0)
    assert len(plan(TODOIST).present) == 10


def test_todoist_dates_are_read_or_stand_in_the_description():
    todos = by_title(plan(TODOIST))
    assert str(todos["Book the venue, and the band"].values["due"]) == "2096-12-01T14:00:00"
    assert todos["Call the hall"].values["due"] is not None
    assert str(todos["Taxes"].values["due"]) == "2097-05-31"
    stretch, formula = todos["Stretch"].values, todos["=HYPERLINK(1)"].values
    assert (stretch["due"], stretch["description"]) == (None, "Date: whenever the moon is full")
    assert (str(formula["due"]), formula["description"]) == ("2096-12-02", "+1\n\nDeadline: 2096-12-24")


def test_todoist_plan_names_what_is_lost_and_what_was_changed():
    found = plan(TODOIST)
    assert losses(found) == {"assignee": 1, "authors": 10, "duration": 1}
    assert found.notes == [
        "1 todo has its comments in the description.",
        "1 todo was deeper than 3 levels, and is now on the last one.",
        "3 todos have the names of their sections as labels.",
        "1 date was not understood, and is in the description.",
        "1 deadline beside another date is in the description.",
    ]
    todos = by_title(found)
    assert todos["Call the hall"].values["description"] == "Ada, 2026-06-08: They answer\nonly before noon"
    assert found.remarks[todos["Stretch"].uid] == [
        "The name of its section is a label.",
        "Its date “whenever the moon is full” was not understood, and is in the description.",
    ]


def test_todoist_line_that_is_no_task_is_named():
    found = todoist("note,Of the project", "task,", "habit,Run", ",No type", "task,Real")
    assert found.skipped == [
        ("Of the project", "It is a comment without a task above it."),
        ("", "It has no content."),
        ("Run", "Its type is 'habit', which is none that Todoist has."),
        ("No type", "It has no type."),
    ]
    assert [todo.values["title"] for todo in found.added] == ["Real"]


def test_todoist_comment_and_subtask_of_a_skipped_line_are_not_the_ones_of_the_task_above():
    rows = ["task,Above,1", "task,,1", "note,Of nothing,", "task,Below,2", "habit,Run,", "note,Of the habit,"]
    found = plan("\n".join(["TYPE,CONTENT,INDENT", *rows]))
    todos = by_title(found)
    assert todos["Above"].values["description"] is todos["Below"].parent_uid is None
    assert [title for title, _ in found.skipped] == ["", "Of nothing", "Run", "Of the habit"]


def test_todoist_tasks_that_say_the_same_are_two_and_stay_two():
    body = f"{HEADER}\ntask,Again\ntask,Again\nsection,S\ntask,Again\n".encode()
    make_list()
    assert import_file(body) == (3, 0)
    assert import_file(body) == (0, 0)
    delete_todo(todo_list=make_list(), todo_id=Todo.objects.first().pk)
    assert import_file(body) == (0, 1)


def test_cells_with_newlines_do_not_make_two_lines_one():
    found = todoist('task,"a\nb",c,,,,,d', 'task,a,"b\nc",,,,,d', 'task,a,c,,,,,"b\nd"')
    assert len({todo.uid for todo in found.added}) == 3


def test_todoist_email_address_is_no_label_and_a_title_of_labels_stays():
    found = by_title(todoist("task,Write to a@b.example @work!", "task,@home"))
    assert found["Write to a@b.example"].values["labels"] == ("work!",)
    assert found["@home"].values["labels"] == ("home",)


def test_todoist_dates_in_words_are_limited(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("calendars.imports.formats.todoist.MAX_DATES", 3)
    lines = [f"task,Todo {n},,4,1,,,every {n + 2} days" for n in range(4)]
    found = todoist(*lines, "task,Known,,4,1,,,every 2 days")
    unread = [todo for todo in found.added if not todo.values["due"]]
    assert [todo.values["description"] for todo in unread] == ["Date: every 5 days"]
    assert "The file has over 3 different dates in words; later ones were not read." in found.notes


def test_ticktick_backup_becomes_todos_in_their_order():
    make_list()
    assert import_file(TICKTICK) == (8, 0)
    assert tree() == {
        "First": None,
        "Second": None,
        "Below first": "First",
        "Bins": None,
        "Shopping": None,
        "Moved in": None,
        "Give up": None,
        "Ideas": None,
    }
    todos = {todo.title: todo for todo in Todo.objects.all()}
    assert {title: str(todo.due) for title, todo in todos.items() if todo.due} == {
        "First": "2096-03-02",
        "Below first": "2096-03-02T17:30:00Z",
        "Bins": "2096-03-05T06:00:00Z",
        "Moved in": "2026-10-01T11:00:00",
    }
    assert {title: todo.labels for title, todo in todos.items()} == {
        "First": ("home", "garden work", "Inbox"),
        "Second": ("Inbox",),
        "Below first": ("Inbox",),
        "Bins": ("House", "To do"),
        "Shopping": ("House",),
        "Moved in": ("House",),
        "Give up": ("House",),
        "Ideas": ("House",),
    }
    assert (todos["Bins"].rule, todos["Bins"].rule_zone) == ("FREQ=WEEKLY;BYDAY=MO", "Europe/Berlin")
    assert todos["Shopping"].description == "- [ ] milk\n- [x] bread"
    assert todos["Ideas"].description == "Paint it\n\nDue date: soon"
    assert [title for title, todo in todos.items() if todo.completed] == ["Moved in", "Give up"]
    assert todos["Moved in"].completed_at == datetime(2026, 10, 1, 10, 11, 12, tzinfo=UTC)
    assert todos["Bins"].created_at == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert [todos[title].priority for title in ("First", "Below first", "Bins")] == [1, 5, 9]
    assert import_file(TICKTICK) == (0, 0)


def test_ticktick_plan_names_what_is_lost_and_what_was_changed():
    found = plan(TICKTICK)
    assert losses(found) == {"reminders": 3, "folder": 1}
    assert set(found.notes) == {
        "8 todos have the names of their lists as labels.",
        "1 todo has the name of its section as a label.",
        "1 checklist is in the description.",
        "1 todo is imported without its rule. It is completed.",
        "1 todo that will not be done is imported as completed.",
        "1 note is imported as a todo.",
        "1 due date was not understood, and is in the description.",
        "1 todo is imported without its rule. A rule needs a deadline.",
        "1 sub-task is imported without a parent. There is no such todo in this list.",
    }


@pytest.mark.parametrize(
    ("rows", "parents", "note"),
    [
        (
            ["a,1,2", "b,2,1"],
            {"a": None, "b": "a"},
            "1 sub-task is imported without a parent. A todo cannot be below itself.",
        ),
        (["a,1,1"], {"a": None}, "1 sub-task is imported without a parent. A todo cannot be below itself."),
        (["a,1,", "b,1,1"], {"a": None, "b": "a"}, ""),
        (
            ["a,1,", "b,2,1", "c,3,2", "d,4,3", "e,5,4"],
            {"a": None, "b": "a", "c": "b", "d": "b", "e": "b"},
            "2 todos were deeper than 3 levels",
        ),
    ],
    ids=["circle", "itself", "id twice", "deep"],
)
def test_ticktick_parents_that_cannot_be(rows: list[str], parents: dict[str, str | None], note: str):
    lines = [
        f"L,{title},,,,,0,0,2026-01-0{n}T00:00:00+0000,,{ids}"
        for n, row in enumerate(rows, 1)
        for title, ids in [row.split(",", 1)]
    ]
    body = "\n".join([TICKTICK_HEADER, *lines]).encode()
    assert any(note in one for one in plan(body).notes)
    make_list()
    import_file(body)
    assert tree() == parents


def test_ticktick_chain_of_ten_thousand_is_settled():
    lines = [f"L,t{n},,,,,0,0,2026-01-01T00:00:00+0000,,{n},{n - 1}" for n in range(1, MAX_ENTRIES + 1)]
    found = plan("\n".join([TICKTICK_HEADER, *lines]))
    assert len(found.added) == MAX_ENTRIES
    assert any("without a parent" in note or "deeper" in note for note in found.notes)


def test_ticktick_series_stays_one_in_later_backups():
    make_list()
    header = f"{TICKTICK_HEADER},Completed Time,Order"
    created = "2026-01-01T00:00:00+0000"

    def row(day: int, status: int, order: int, completed: str = "") -> str:
        return f"L,Bins,,,2096-03-0{day},FREQ=DAILY,0,{status},{created},,,,{completed},{order}"

    def backup(*rows: str) -> bytes:
        return "\n".join([header, *rows]).encode()

    first, second = row(1, 1, -9, "2026-02-02T00:00:00+0000"), row(2, 2, -20, "2026-02-03T00:00:00+0000")
    assert import_file(backup(row(1, 0, 5))) == (1, 0)
    assert import_file(backup(row(2, 0, 5), first)) == (1, 0)
    assert import_file(backup(row(3, 0, 5), first, second)) == (1, 0)
    assert import_file(backup(second, first, row(3, 0, 5))) == (0, 0)
    rows = Todo.objects.order_by("id").values_list("completed", "deadline__day")
    assert list(rows) == [(False, 1), (True, 1), (True, 2)]


def test_ticktick_task_of_an_unknown_time_zone_is_read_by_the_clock_of_the_list():
    make_list()
    update_list(todo_list=make_list(), changes={"time_zone": "Australia/Brisbane"})
    header = f"{TICKTICK_HEADER},Is All Day"
    found = plan(f"{header}\nL,x,,,2096-03-01T14:00:00+0000,,0,0,,Mars/Olympus,1,,true\n")
    assert str(found.added[0].values["due"]) == "2096-03-02"
    assert losses(found) == {"time zone": 1}


@pytest.mark.parametrize(
    ("encode", "note"),
    [
        (str.encode, ""),
        (lambda text: text.encode("utf-8-sig"), ""),
        (lambda text: text.encode("utf-16"), ""),
        (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), ""),
        (lambda text: text.encode("utf-16-le"), ""),
        (lambda text: text.encode("utf-16-be"), ""),
        (lambda text: text.encode("latin-1"), NOT_UTF_8),
        (lambda text: text.replace(",", ";").encode(), ""),
        (lambda text: text.replace(",", "\t").encode(), ""),
        (lambda text: text.replace("\n", "\r\n").encode(), ""),
        (lambda text: text.replace("\n", "\r").encode(), ""),
        (lambda text: text.lower().replace("müll", "Müll").encode(), ""),
    ],
    ids=["utf-8", "mark", "utf-16", "be", "le without mark", "be without mark", "latin-1", "semicolons", "tabs",
         "crlf", "cr", "lower case"],
)  # fmt: skip
def test_other_forms_of_the_same_file(encode: Callable[[str], bytes], note: str):
    found = plan(encode(f"{HEADER}\ntask,Müll,,1,1,,,2096-01-01,,\n"))
    [todo] = found.added
    assert (todo.values["title"], str(todo.values["due"]), todo.values["priority"]) == ("Müll", "2096-01-01", 1)
    assert found.notes == ([note] if note else [])


def test_calendar_in_utf_16_is_read():
    text = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:1\r\nSUMMARY:Müll\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    assert plan(text.encode("utf-16")).added[0].values["title"] == "Müll"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n", "The file is empty."),
        (b"Task,Due\nMilk,2026-01-01\n", NONE_FITS),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, NONE_FITS),
        (f"{HEADER},TYPE\ntask,x".encode(), "The column “TYPE” is there 2 times; it has to be once."),
        (f'{HEADER}\ntask,"open\ntask,lost\n'.encode(), "Line 2 is not CSV: a quotation mark"),
        (f'{HEADER}\ntask,ok\ntask,"a"b\n'.encode(), "Line 3 is not CSV: a quotation mark"),
        (f"{HEADER}\ntask,{'x' * 9_000_000}\n".encode(), "Line 2 has a cell of over 131,072 characters."),
        (f'{HEADER}\ntask,"{"x" * 200_000}\n'.encode(), "Line 2 has a cell of over 131,072 characters."),
        (f"{HEADER}{',X' * MAX_COLUMNS}\ntask,x".encode(), f"The file has over {MAX_COLUMNS} columns."),
        (f"{HEADER}\ntask,ü".encode() + b"\xff\n", DAMAGED),
        (HEADER.encode() + b"\ntask,x" * (MAX_ENTRIES + 1), "The file has over 10,000 tasks; split it."),
        (HEADER.encode() + b"\nnote,x" * (2 * MAX_ENTRIES + 1), "The file has over 20,000 rows; split it."),
        (TICKTICK_HEADER.encode() + b"\nL,x" * (MAX_ENTRIES + 1), "The file has over 10,000 tasks; split it."),
    ],
    ids=["empty", "only a mark", "other table", "picture", "column twice", "open quote", "quote inside", "long cell",
         "long quoted cell", "columns", "damaged", "too many tasks", "too many lines", "too large a backup"],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused_with_a_sentence(body: bytes, sentence: str):
    make_list()
    with pytest.raises(UnreadableFile) as refusal:
        plan(body)
    assert str(refusal.value).startswith(sentence)
    assert isinstance(refusal.value, FileTooLarge) == ("split it" in sentence)


def test_cells_too_many_and_too_few_are_named():
    found = todoist("task,Short", "task,Long,,1,1,,,,,,beyond,,again", "task,Exact,,,,,,,,")
    assert len(found.added) == 3
    assert losses(found) == {"cells beyond the columns": 2}
    assert found.notes == ["1 line has fewer cells than there are columns; the missing ones are empty."]


def test_columns_that_nobody_knows_are_counted_by_name():
    found = plan(f"{HEADER},MOOD,\ntask,x,,,,,,,,,glad,odd\ntask,y,,,,,,,,,sad,\n")
    assert losses(found) == {"cells of “Mood”": 2, "cell of a column without a name": 1}


def test_control_characters_are_left_out_and_counted():
    found = plan(f"{HEADER}\ntask,a\0b\x1bc,d\0,,,,,,,\n")
    [todo] = found.added
    assert (todo.values["title"], todo.values["description"]) == ("abc", "d")
    assert found.notes == ["3 control characters were left out."]


def test_long_texts_are_cut_and_named():
    title, description = "word " * 100, "x" * 11_000
    found = todoist(f"task,{title},{description},,,,,,,")
    [todo] = found.added
    assert len(todo.values["title"]) == TITLE_MAX_LENGTH
    assert todo.values["title"].endswith("…")
    assert todo.values["description"].startswith(title.strip() + "\n\nxxx")
    assert len(todo.values["description"]) == DESCRIPTION_MAX_LENGTH
    assert [note[:10] for note in found.notes] == ["1 title is", "1 descript"]


def test_labels_beyond_what_a_todo_can_have_are_counted():
    tags = " ".join(f"@l{n}" for n in range(25))
    assert losses(todoist(f"task,x {tags} @{'y' * 51}")) == {"labels": 6}


def test_name_that_is_no_label_is_lost_and_nothing_else():
    long = "y" * 51
    lines = [f"section,{long}", "task,x", "section,Work", f"task,{' '.join(f'@l{n}' for n in range(20))} y"]
    found = plan("\n".join(["TYPE,CONTENT", *lines]))
    assert (losses(found), found.notes) == ({"labels": 2}, [])
    found = plan("TYPE,CONTENT\nsection,Work\ntask,x @WORK\n")
    assert found.notes == ["1 todo has the name of its section as a label."]
    rows = [f"{long},x,{long}", f"Work,y,{long}", "Work,z,To do"]
    found = plan("\n".join(["List Name,Title,Column Name", *rows]))
    assert losses(found) == {"labels": 3}
    assert sorted(found.notes) == [
        "1 todo has the name of its section as a label.",
        "2 todos have the names of their lists as labels.",
    ]


def test_what_others_would_run_stays_text():
    [todo] = todoist("task,\"=cmd|'/C calc'!A0\",@SUM(A1)").added
    assert (todo.values["title"], todo.values["description"]) == ("=cmd|'/C calc'!A0", "@SUM(A1)")


@pytest.mark.parametrize(
    "body",
    [
        HEADER.encode() + b"\n" + b"," * SIZE,
        HEADER.encode() + b"\n" * 350_000,
        HEADER.encode() + b"\n" * SIZE,
        HEADER.encode() + b"\ntask,x\n" + b"\0" * SIZE,
        b"," * SIZE,
        b'"\n' * (SIZE // 2),
        b"\xff\xfe" + b"a\0\n\0" * (SIZE // 4),
    ],
    ids=["commas", "empty lines", "more empty lines", "NULs", "only commas", "quotes", "utf-16 lines"],
)
def test_no_file_takes_much_memory(body: bytes):
    make_list()
    tracemalloc.start()
    try:
        with suppress(UnreadableFile):
            plan(body)
        assert tracemalloc.get_traced_memory()[1] < 20 * SIZE
    finally:
        tracemalloc.stop()


def test_due_is_the_one_that_was_planned():
    """The session keeps the deadline that the plan showed, of a date in words too."""
    todo_list = make_list()
    shown = todoist("task,x,,,,,,tomorrow")
    [todo] = unpack(pack(shown, todo_list), todo_list).added
    assert todo.values["due"] == shown.added[0].values["due"] != parse_deadline("2096-01-01")


@pytest.mark.parametrize(
    "body",
    [
        f"{HEADER}\ntask,x\n" + f"note,y,,,,x{' ' * 120_000}x\n" * 20,
        f"{TICKTICK_HEADER},Is Check List\n" + f'L,x,,"x{chr(10) * 130_000}x",,,,,,,,,Y\n' * 3,
        f"{TICKTICK_HEADER},Is Check List\n" + f'L,x,,"x{(" " * 100 + chr(10)) * 1_000}x",,,,,,,,,Y\n' * 20,
    ],
    ids=["author", "checklist", "spaces of a checklist"],
)
def test_no_cell_takes_long(body: str):
    """Where each space is looked at once for each space before it, this takes minutes of one processor."""
    make_list()
    start = time.thread_time()
    assert plan(body).added
    assert time.thread_time() - start < 20


def test_long_name_of_a_section_is_not_read_for_each_task(monkeypatch: pytest.MonkeyPatch):
    make_uid = Mock(wraps=derived_uid)
    monkeypatch.setattr("calendars.imports.formats.todoist.derived_uid", make_uid)
    assert losses(todoist(f"section,{'a ' * 60_000}", "task,x,,4,1,,,,,", "task,y,,4,1,,,,,")) == {"labels": 2}
    assert max(sum(map(len, call.args[1:])) for call in make_uid.call_args_list) < 1_000


def test_item_of_a_checklist_ends_with_its_line():
    [todo] = plan(f'{TICKTICK_HEADER},Is Check List\nL,x,," ▫  milk\n▪\n\n▫bread",,,,,,,,,Y\n').added
    assert todo.values["description"] == "- [ ] milk\n- [x] \n\n- [ ] bread"
