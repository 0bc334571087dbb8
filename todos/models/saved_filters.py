"""Saved filters."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

QUERY_MAX_LENGTH = 500


class SavedFilterQuerySet(models.QuerySet):
    def of_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The user's filters by name; nobody else has any."""
        return self.filter(owner_id=user.pk or 0).order_by("name", "pk")


class SavedFilter(models.Model):
    """A search that a user keeps, over all of their lists."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=QUERY_MAX_LENGTH, help_text="The search, such as `is:open due:<7d essay`.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="filter_name_unique_for_owner")]

    def __str__(self) -> str:
        return f"Filter {self.pk}"
