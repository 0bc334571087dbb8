"""The ids of changes that pages send again if an answer was lost. The previous release knows nothing of the table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("todos", "0018_reopened")]

    operations = [
        migrations.CreateModel(
            name="ReceivedChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "actor_id",
                    models.BigIntegerField(
                        help_text="The user who sent it; 0: somebody who is not signed in."
                    ),
                ),
                ("change_id", models.UUIDField()),
                ("received_at", models.DateTimeField()),
                (
                    "list",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="received_changes",
                        to="todos.todolist",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["list", "id"], name="received_of_list"),
                    models.Index(fields=["received_at"], name="change_received_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("actor_id", "change_id", "list"), name="change_received_once"
                    )
                ],
            },
        ),
    ]
