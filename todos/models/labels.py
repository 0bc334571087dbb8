"""Labels."""

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce

from todos.labels import KEY_MAX_LENGTH, NAME_MAX_LENGTH, key_of
from todos.models.lists import Color


class LabelQuerySet(models.QuerySet):
    def of_owner(self, owner_id: int | None) -> Self:
        """The owner's labels by name; without an owner, those of the open list."""
        return self.filter(owner=owner_id).order_by("key")

    def named(self, names: Iterable[str]) -> Self:
        return self.filter(key__in=[key_of(name) for name in names])


class Label(models.Model):
    """How the owner of lists spells and colours a label. It is created with the first todo that has it.

    Todos hold the names themselves, since files show them: renaming a label changes every todo that has it anyway.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Nobody: a label of the open list.",
    )
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    key = models.CharField(max_length=KEY_MAX_LENGTH, editable=False, help_text="The name without its case.")
    color = models.CharField(max_length=16, choices=Color, blank=True, default=Color.NONE)

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = [
            # In a plain unique index, no owner is unlike no owner.
            models.UniqueConstraint(Coalesce("owner", Value(0)), "key", name="one_label_for_each_key"),
        ]

    def __str__(self) -> str:
        return self.name
