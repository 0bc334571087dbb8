"""What people write in a todo, in words: for who may only read it, and for who edits what others have changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from re import fullmatch

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from todos import priorities
from todos.agenda import Clock
from todos.humanize import exact_deadline
from todos.models import Todo
from todos.repeating import in_words


@dataclass(frozen=True)
class Detail:
    """Content fields of a todo that are told together, and how, and a pattern of the names of their inputs."""

    label: str
    fields: frozenset[str]
    words: Callable[[Todo, Clock], str]  # empty if the todo has none
    inputs: str = ""

    def inputs_of(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if name in self.fields or fullmatch(self.inputs, name)}


def _description(todo: Todo, _clock: Clock) -> str:
    return todo.description or ""


def _deadline(todo: Todo, clock: Clock) -> str:
    return exact_deadline(todo.due, clock) if todo.due else ""


def _repeats(todo: Todo, _clock: Clock) -> str:
    return in_words(todo) if todo.rule else ""


def _parent(todo: Todo, _clock: Clock) -> str:
    parent = Todo.objects.visible().filter(list=todo.list_id, pk=todo.parent_id or 0).first()
    return parent.title if parent else ""


# tests/pages/test_conflicts.py names a content field or an input of forms that is missing here.
DETAILS = (
    Detail(_("Title"), frozenset({"title"}), lambda todo, _clock: todo.title),
    Detail(_("Description"), frozenset({"description"}), _description),
    Detail(
        _("State"),
        frozenset({"completed"}),
        lambda todo, _clock: gettext("completed") if todo.completed else gettext("open"),
    ),
    Detail(_("Deadline"), frozenset({"due"}), _deadline, "date|time|kind|when"),
    Detail(_("Repeats"), frozenset({"rule", "repeats_from_completion", "occurrence"}), _repeats, "repeat.*"),
    Detail(
        _("Priority"),
        frozenset({"priority"}),
        lambda todo, _clock: str(priorities.WORDS[todo.priority]) if todo.priority else "",
    ),
    Detail(_("Labels"), frozenset({"labels"}), lambda todo, _clock: ", ".join(todo.labels)),
    Detail(_("Sub-task of"), frozenset({"parent_id"}), _parent),
)


def details_of(todo: Todo, clock: Clock) -> list[tuple[str, str]]:
    """Return the labels and words of what the todo has."""
    details = [(detail.label, detail.words(todo, clock)) for detail in DETAILS]
    return [(label, words) for label, words in details if words]
