"""Indexes for the list of exports, made while others write on PostgreSQL, because the table may be large."""

from importlib import import_module

from django.db import migrations, models

AddIndexWhileInUse = import_module("todos.migrations.0008_open_todos").AddIndexWhileInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("calendars", "0011_retried_at")]

    operations = [
        # If this was interrupted.
        migrations.RunSQL("DROP INDEX IF EXISTS job_by_creation", migrations.RunSQL.noop),
        migrations.RunSQL("DROP INDEX IF EXISTS job_failed", migrations.RunSQL.noop),
        AddIndexWhileInUse("calendarjob", models.Index(fields=["created_at"], name="job_by_creation")),
        AddIndexWhileInUse(
            "calendarjob",
            models.Index(condition=models.Q(("status", "FAILURE")), fields=["created_at"], name="job_failed"),
        ),
    ]
