"""Todos that repeat, and the history of their occurrences.

The previous release runs beside this one and knows neither: the new columns have defaults in the database, and the new
table has no foreign keys.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [("floating", "wall-clock time"), ("instant", "moment"), ("day", "whole day")]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("todos", "0016_sharing"),
    ]

    operations = [
        migrations.AddField(
            "todo",
            "rule",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="An RRULE's value; empty: once.",
                max_length=255,
            ),
        ),
        migrations.AddField(
            "todo",
            "repeats_from_completion",
            models.BooleanField(
                db_default=False, default=False, help_text="It is due again some time after it was done."
            ),
        ),
        migrations.AddField(
            "todo",
            "occurrence",
            models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            "todo",
            "past_count",
            models.IntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="The number of its last PastOccurrence.",
            ),
        ),
        migrations.CreateModel(
            name="PastOccurrence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField(help_text="Counts the occurrences of the todo, from 1 on.")),
                ("deadline", models.DateTimeField()),
                ("deadline_kind", models.CharField(choices=KINDS, max_length=8)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("completed", "Completed"), ("skipped", "Skipped")], max_length=9
                    ),
                ),
                ("ended_at", models.DateTimeField(help_text="When it was completed or skipped.")),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "list",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_occurrences",
                        to="todos.todolist",
                    ),
                ),
                (
                    "todo",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="past_occurrences",
                        to="todos.todo",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["list", "id"], name="past_of_list")],
                "constraints": [
                    models.UniqueConstraint(fields=("todo", "number"), name="past_number_unique_in_todo"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["completed", "skipped"])),
                        name="past_outcome_is_known",
                    ),
                ],
            },
        ),
    ]
