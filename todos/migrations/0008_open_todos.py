"""An index of open todos: on PostgreSQL it is made while others write, because the table may be large."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class AddIndexWhileInUse(AddIndexConcurrently):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("todos", "0007_several_lists")]

    operations = [
        migrations.RunSQL("DROP INDEX IF EXISTS todo_open", migrations.RunSQL.noop),  # if this was interrupted
        AddIndexWhileInUse(
            "todo",
            models.Index(
                condition=models.Q(("completed", False), ("deleted_at__isnull", True)),
                fields=["list", "deadline"],
                name="todo_open",
            ),
        ),
    ]
