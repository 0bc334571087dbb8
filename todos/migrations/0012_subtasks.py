from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

AddIndexWhileInUse = import_module("todos.migrations.0008_open_todos").AddIndexWhileInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("todos", "0011_position")]

    operations = [
        # The previous release runs beside this one and does not know the column: its todos have no parent.
        migrations.AddField(
            "todo",
            "parent",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="The todo that this one is a sub-task of.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="subtasks",
                to="todos.todo",
            ),
        ),
        migrations.RunSQL("DROP INDEX IF EXISTS todo_subtasks", migrations.RunSQL.noop),  # if this was interrupted
        AddIndexWhileInUse(
            "todo",
            models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="todo_subtasks"
            ),
        ),
    ]
