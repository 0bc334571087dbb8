from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class CheckConstraintOfAll(ValidateConstraint):
    """Checks the rows that are older than the constraint, while others read and write."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("todos", "0009_priority")]

    operations = [CheckConstraintOfAll("todo", "priority_is_known")]
