"""A form that is sent after its todo has changed: what others changed meanwhile, and what the person did.

A form sends along fingerprints of what it showed at first. So a field that only others changed gets its new value, and
one that only the person changed keeps what was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import Truncator

from todos.agenda import Clock
from todos.details import DETAILS
from todos.models import Todo

TEXT_LENGTH = 300
_OF_TODO = "todo."  # before the names of content fields, among those of a form's inputs


@dataclass(frozen=True)
class Changed:
    """What others changed: ``is_typed`` if the person did so too, and would overwrite it."""

    label: str
    words: str
    is_typed: bool


def fingerprints(form: forms.Form, todo: Todo) -> str:
    """Return what a form shows at first, and the todo that it shows, in a text of a few hundred characters."""
    shown = {name: _read(field, form.get_initial_for_field(field, name)) for name, field in form.fields.items()}
    content = {_OF_TODO + name: getattr(todo, name) for name in Todo.content_fields()}
    return " ".join(f"{name}={_fingerprint(value)}" for name, value in {**shown, **content}.items())


def typed_inputs(shown: str, form: forms.Form) -> set[str]:
    """Return the names of a valid form's inputs that the person changed, with those that belong to them.

    A form that does not say what it showed at first counts as changed in all.
    """
    before = _parse(shown)
    typed = {
        name
        for name in form.fields
        # An input that the form had neither at first nor when it was sent is not the person's.
        if (name in before or name in form.data) and before.get(name) != _fingerprint(form.cleaned_data.get(name))
    }
    return typed.union(*(detail.inputs_of(form.fields) for detail in DETAILS if detail.inputs_of(typed)))


def changed_by_others(shown: str, now: str, todo: Todo, typed: set[str], clock: Clock) -> list[Changed]:
    """Return what differs between two fingerprints of a todo, which is now as given."""
    before, after = _parse(shown), _parse(now)
    return [
        Changed(
            detail.label, Truncator(detail.words(todo, clock)).chars(TEXT_LENGTH), bool(detail.inputs_of(typed))
        )
        for detail in DETAILS
        if any(before.get(_OF_TODO + name) != after.get(_OF_TODO + name) for name in detail.fields)
    ]


def merge(posted: QueryDict, fresh: forms.Form, typed: set[str]) -> QueryDict:
    """Return the form's data with what was typed, and for all other inputs what a fresh form shows."""
    merged = posted.copy()
    for name in fresh.fields.keys() - typed:
        value = fresh[name].value()
        values = value if isinstance(value, list | tuple) else ["" if value is None else value]
        if values:
            merged.setlist(name, [str(one) for one in values])
        else:
            merged.pop(name, None)
    return merged


def _read(field: forms.Field, value: Any) -> Any:
    try:
        return field.clean(value)
    except ValidationError:
        return value


def _fingerprint(value: Any) -> str:
    return blake2b(repr(value).encode(errors="replace"), digest_size=4).hexdigest()


def _parse(text: str) -> Mapping[str, str]:
    return dict(part.split("=", 1) for part in text.split() if "=" in part)
