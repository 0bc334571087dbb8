"""Rename a field in Python alone; the column keeps its name, so that the previous release runs beside this one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("todos", "0003_todos_at_most")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("todolist", "todos_at_most", "todo_count_upper_bound"),
                migrations.AlterField(
                    "todolist",
                    "todo_count_upper_bound",
                    models.BigIntegerField(default=0, null=True, editable=False, db_column="todos_at_most"),
                ),
            ]
        )
    ]
