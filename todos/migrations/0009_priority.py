from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class AddConstraintUnchecked(AddConstraintNotValid):
    """On PostgreSQL, checking all rows would keep everybody waiting: the next migration checks them."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddConstraint.database_forwards(self, app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("todos", "0008_open_todos")]

    operations = [
        # The previous release runs beside this one and does not know the column: the database has a default too.
        migrations.AddField(
            "todo",
            "priority",
            models.SmallIntegerField(
                choices=[(0, "None"), (1, "High"), (5, "Medium"), (9, "Low")], db_default=0, default=0
            ),
        ),
        AddConstraintUnchecked(
            "todo",
            models.CheckConstraint(condition=models.Q(priority__in=[0, 1, 5, 9]), name="priority_is_known"),
        ),
    ]
