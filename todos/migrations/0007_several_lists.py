"""Several lists for each user, and tombstones of todos that were moved between them; todos/models.py says how.

The previous release runs beside this one and does not know the new columns: the database has defaults too.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Coalesce

NAME = "one_list_for_each_owner"


def default_owner(**options):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        blank=True,
        db_column="owner_id",
        db_index=False,
        help_text="Nobody: the open list, shared by everyone who is not signed in.",
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("todos", "0006_byte_count_upper_bound"),
    ]

    operations = [
        # The column and its unique index keep their names.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("todolist", NAME),
                migrations.RenameField("todolist", "owner", "default_owner"),
                migrations.AlterField("todolist", "default_owner", default_owner()),
                migrations.AddConstraint(
                    "todolist", models.UniqueConstraint(Coalesce("default_owner", models.Value(0)), name=NAME)
                ),
            ]
        ),
        migrations.AlterField("todolist", "default_owner", default_owner(db_constraint=False)),
        migrations.AddField(
            "todolist",
            "extra_owner",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                blank=True,
                db_index=False,
                help_text="The owner of a list that is not a default list.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
            ),
        ),
        migrations.AddField(
            "todolist",
            "color",
            models.CharField(
                blank=True,
                choices=[
                    ("", "None"),
                    ("red", "Red"),
                    ("orange", "Orange"),
                    ("yellow", "Yellow"),
                    ("green", "Green"),
                    ("teal", "Teal"),
                    ("blue", "Blue"),
                    ("purple", "Purple"),
                    ("pink", "Pink"),
                    ("gray", "Grey"),
                ],
                db_default="",
                default="",
                max_length=16,
            ),
        ),
        migrations.AddField(
            "todolist",
            "position",
            models.IntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Order of a user's lists; the default list is always first.",
            ),
        ),
        migrations.AddField("todolist", "archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddIndex(
            "todolist",
            models.Index(
                condition=models.Q(("extra_owner__isnull", False)), fields=["extra_owner"], name="list_of_owner"
            ),
        ),
        migrations.CreateModel(
            name="MovedTodo",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("uid", models.UUIDField()),
                ("revision", models.BigIntegerField(help_text="The list's revision at the move.")),
                ("moved_at", models.DateTimeField()),
                (
                    "list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moved_todos",
                        to="todos.todolist",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["list", "revision"], name="todo_moved"),
                    models.Index(fields=["moved_at"], name="todo_moved_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("list", "uid"), name="moved_uid_unique_in_list"),
                ],
            },
        ),
    ]
