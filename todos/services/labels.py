"""The labels of an owner: created with the todos that have them, renamed, coloured and deleted in one place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Case, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from database.errors import repeat_after_deadlock
from todos.access import owned_by, user_id
from todos.labels import MAX_LABELS, MAX_LABELS_BY_MEMBERS, join_labels, key_of, split_labels
from todos.models import Color, Label, Todo, TodoList
from todos.queries import LOCK_LABELS
from todos.services.changes import ListChange, change_lists, commit_change
from todos.services.lists import lock_user
from web.quotas import check_quota

NO_SUCH_LABEL = "There is no such label."


class LabelExists(Exception):
    """The owner has a label with this name already."""


def find_labels(*, user: AbstractBaseUser | AnonymousUser) -> list[Label]:
    """Return the user's labels by name, or those of the open list."""
    return list(Label.objects.of_owner(user.pk))


def find_label(*, user: AbstractBaseUser | AnonymousUser, label_id: int) -> Label:
    """Return one of the user's labels. Raises Label.DoesNotExist."""
    return Label.objects.of_owner(user.pk).get(pk=label_id)


def count_labelled(label: Label) -> int:
    """Return how many todos have the label, without those in the trash."""
    todos = Todo.objects.visible().filter(list__in=TodoList.objects.filter(owned_by(label.owner_id)))
    return todos.labelled([label.name]).count()


def spellings(owner_id: int | None, names: Iterable[str]) -> dict[str, str]:
    """Return how the owner spells those of the labels that there are, by their keys."""
    names = list(names)
    if not names:
        return {}
    return dict(Label.objects.of_owner(owner_id).named(names).values_list("key", "name"))


def save_labels(todo_list: TodoList, todos: Iterable[Todo]) -> None:
    """Spell the labels of a list's todos as its owner does, and create those that are new. The caller saves the todos.

    The list is locked. Whoever renames or deletes a label locks all lists of the owner, so that no todo is saved
    with a name from before. Raises QuotaExceeded.
    """
    owner_id, most = todo_list.owner_id, _most_labels(todo_list)
    labelled = [todo for todo in todos if todo.label_text]
    names: dict[str, str] = {}
    for todo in labelled:
        for name in todo.labels:
            names.setdefault(key_of(name), name)
    if not names:
        return
    check_quota(0, most, _("labels"), more=len(names))
    known = spellings(owner_id, names.values())
    if names.keys() - known.keys():
        _lock_labels(owner_id)
        known = spellings(owner_id, names.values())  # others may have created them
        _create(owner_id, {key: name for key, name in names.items() if key not in known}, most=most)
    names |= known
    for todo in labelled:
        todo.labels = [names[key_of(name)] for name in todo.labels]


def check_labels(todo_list: TodoList, names: Iterable[str]) -> None:
    """Raise QuotaExceeded if there is no room for those of these labels of a list's todos that are new."""
    by_key, most = {key_of(name): name for name in names}, _most_labels(todo_list)
    check_quota(0, most, _("labels"), more=len(by_key))
    if new := by_key.keys() - spellings(todo_list.owner_id, by_key.values()).keys():
        check_quota(Label.objects.of_owner(todo_list.owner_id).count(), most, _("labels"), more=len(new))


def _most_labels(todo_list: TodoList) -> int:
    return MAX_LABELS if todo_list.is_own else MAX_LABELS_BY_MEMBERS


def create_label(*, user: AbstractBaseUser | AnonymousUser, name: str, color: str = Color.NONE) -> Label:
    """Create a label, of the open list if nobody is signed in. Raises LabelExists and QuotaExceeded."""
    with transaction.atomic():
        if user.is_authenticated:
            lock_user(user)
        _lock_labels(user.pk)
        if spellings(user.pk, [name]):
            raise LabelExists
        [label] = _create(user.pk, {key_of(name): name}, {key_of(name): color})
    return label


def update_label(*, user: AbstractBaseUser | AnonymousUser, label_id: int, changes: Mapping[str, Any]) -> Label:
    """Change a label's ``name`` or ``color``; return the label.

    A name changes every todo that has the label, as one change of each list. If there is a label of that name
    already, the two become that one, which keeps its colour unless one is given. Raises Label.DoesNotExist and
    QuotaExceeded.
    """
    label = find_label(user=user, label_id=label_id)
    if changes.get("name", label.name) != label.name:
        label = _rename(user, label_id, changes["name"])
    if changes.get("color", label.color) != label.color:
        label.color = changes["color"]
        # Not save(), which would create a label again that was deleted meanwhile.
        if not Label.objects.filter(pk=label.pk).update(color=label.color):
            raise Label.DoesNotExist
    return label


@repeat_after_deadlock
def _rename(user: AbstractBaseUser | AnonymousUser, label_id: int, name: str) -> Label:
    with _change_all_lists(user) as changes:
        label = find_label(user=user, label_id=label_id)
        key = key_of(name)
        if other := Label.objects.of_owner(user.pk).filter(key=key).exclude(pk=label.pk).first():
            _replace(changes, label.name, other.name, is_merge=True)
            label.delete()
            return other
        _replace(changes, label.name, name)
        label.name, label.key = name, key
        label.save(update_fields=["name", "key"])
    return label


@repeat_after_deadlock
def delete_label(*, user: AbstractBaseUser | AnonymousUser, label_id: int) -> None:
    """Delete a label, and take it off every todo that has it. Raises Label.DoesNotExist."""
    find_label(user=user, label_id=label_id)
    with _change_all_lists(user) as changes:
        label = find_label(user=user, label_id=label_id)
        _replace(changes, label.name, "", is_merge=True)
        label.delete()


def adopt_labels(*, todo_list: TodoList, owner_id: int) -> None:
    """Give the labels of the open list, which is locked, to its new owner, who may have some already."""
    _lock_labels(owner_id)
    own = dict(Label.objects.of_owner(owner_id).values_list("key", "name"))
    respelled = {}
    for label in Label.objects.of_owner(None):
        if label.key not in own:
            label.owner_id = owner_id
            label.save(update_fields=["owner"])
            continue
        respelled[label.name] = own[label.key]
        label.delete()
    _respell(todo_list, respelled)


def transfer_labels(*, todo_list: TodoList, owner_id: int) -> None:
    """Give the one who is about to own a list the labels that its todos have, spelled as they spell them.

    The list is locked; its present owner's labels stay. Raises QuotaExceeded.
    """
    texts = todo_list.todos.exclude(label_text="").order_by().values_list("label_text", flat=True).distinct()
    names = {key_of(name): name for text in texts for name in split_labels(text)}
    if not names:
        return
    _lock_labels(owner_id)
    known = spellings(owner_id, names.values())
    colors = dict(Label.objects.of_owner(todo_list.owner_id).named(names.values()).values_list("key", "color"))
    _create(owner_id, {key: name for key, name in names.items() if key not in known}, colors)
    _respell(todo_list, {names[key]: spelled for key, spelled in known.items()})


def _respell(todo_list: TodoList, names: Mapping[str, str]) -> None:
    """Spell labels in a locked list by other names, as one change."""
    change = ListChange(todo_list)
    for old, new in names.items():
        if old != new:
            _replace([change], old, new)
    if change.is_visible:
        commit_change(todo_list, added=change.added, more_bytes=change.more_bytes)


def _lock_labels(owner_id: int | None) -> None:
    """Let nobody else create a label of this owner until the transaction ends. Lists are locked before."""
    LOCK_LABELS(number=-1 - (owner_id or 0))


def _create(
    owner_id: int | None,
    names: Mapping[str, str],
    colors: Mapping[str, str] | None = None,
    most: int | None = None,
) -> list[Label]:
    """Create labels from their names and colours, both by their keys."""
    if not names:
        return []
    most = MAX_LABELS if most is None else most
    check_quota(Label.objects.of_owner(owner_id).count(), most, _("labels"), more=len(names))
    colors = colors or {}
    return Label.objects.bulk_create(
        [
            Label(owner_id=owner_id, name=name, key=key, color=colors.get(key, Color.NONE))
            for key, name in names.items()
        ]
    )


@contextmanager
def _change_all_lists(user: AbstractBaseUser | AnonymousUser) -> Iterator[Sequence[ListChange]]:
    """Lock all lists of the user, and their labels."""
    with transaction.atomic():
        if user.is_authenticated:
            lock_user(user)  # no list is added meanwhile
        lists = TodoList.objects.filter(owned_by(user.pk)).values_list("pk", flat=True)
        with change_lists(lists, user_id(user)) as changes:
            _lock_labels(user.pk)
            yield [*changes.values()]


def _replace(changes: Iterable[ListChange], old: str, new: str, *, is_merge: bool = False) -> None:
    """Replace a label by another in all todos of locked lists; with ``is_merge``, some todos may have both.

    One UPDATE for each list, however many todos have it. Those in the trash change too, unseen.
    """
    lists = {change.todo_list.pk: change for change in changes}
    having = Todo.objects.filter(list__in=lists).labelled([old])
    longer = max(0, len(new.encode()) - len(old.encode()))
    for list_id in having.order_by().values_list("list", flat=True).distinct():
        todos, change = having.filter(list=list_id), lists[list_id]
        count = todos.visible().count()
        if longer and count:
            change.check_quota(0, longer * count)
        replaced = _replaced(old, new, is_merge=is_merge)
        if count:
            todos.visible().update(label_text=replaced, **change.stamps())
        todos.deleted().update(label_text=replaced)


def _replaced(old: str, new: str, *, is_merge: bool) -> Combinable:
    text = TextField()
    left_out = Case(
        When(label_text=join_labels([old]), then=Value("")),
        default=Replace("label_text", Value(join_labels([old])), Value(","), output_field=text),
        output_field=text,
    )
    if not new:
        return left_out
    replaced = Replace("label_text", Value(join_labels([old])), Value(join_labels([new])), output_field=text)
    if not is_merge:
        return replaced
    has_both = When(label_text__contains=join_labels([new]), then=left_out)
    return Case(has_both, default=replaced, output_field=text)
