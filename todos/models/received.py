"""Changes that pages have sent with an id."""

from django.db import models

from todos.models.lists import TodoList


class ReceivedChange(models.Model):
    """A change that was made, and the id that its page gave it: if the page sends it again, it changes nothing.

    No foreign key in the database: release 0.1.0, which may run beside, deletes lists without a look at these.
    """

    list = models.ForeignKey(
        TodoList, on_delete=models.CASCADE, related_name="received_changes", db_index=False, db_constraint=False
    )
    actor_id = models.BigIntegerField(help_text="The user who sent it; 0: somebody who is not signed in.")
    change_id = models.UUIDField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [  # by an index that finds an id in whatever list
            models.UniqueConstraint(fields=["actor_id", "change_id", "list"], name="change_received_once")
        ]
        indexes = [
            models.Index(fields=["list", "id"], name="received_of_list"),  # which of a list are too many
            models.Index(fields=["received_at"], name="change_received_at"),  # the purge
        ]

    def __str__(self) -> str:
        return f"{self.change_id} in {self.list}"
