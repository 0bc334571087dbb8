"""Rename fields in Python alone; columns keep their names, so that the previous release runs beside this one."""

from django.db import migrations, models

CALENDAR = {
    "due_at": "due_at_ms",
    "first_change_at": "first_change_at_ms",
    "lease_until": "lease_until_ms",
    "builds": "build_count",
}


class Migration(migrations.Migration):
    dependencies = [("calendars", "0005_compress_bodies"), ("todos", "0004_rename_fields")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                *(migrations.RenameField("calendar", old, new) for old, new in CALENDAR.items()),
                migrations.RenameField("calendarfile", "set_aside", "skipped"),
                migrations.RenameField("feed", "generation", "token_version"),
                migrations.RenameField("worker", "seen_at", "last_heartbeat_ms"),
                migrations.AlterField(
                    "calendar",
                    "due_at_ms",
                    models.BigIntegerField(
                        null=True, blank=True, db_column="due_at",
                        help_text="When it must be built or looked at again.",
                    ),
                ),
                migrations.AlterField(
                    "calendar",
                    "first_change_at_ms",
                    models.BigIntegerField(
                        null=True, blank=True, db_column="first_change_at",
                        help_text="The first change that no build has started for.",
                    ),
                ),
                migrations.AlterField(
                    "calendar",
                    "lease_until_ms",
                    models.BigIntegerField(
                        null=True, blank=True, db_column="lease_until",
                        help_text="No other worker builds it before.",
                    ),
                ),
                migrations.AlterField(
                    "calendar",
                    "build_count",
                    models.BigIntegerField(
                        default=0, db_default=0, db_column="builds",
                        help_text="Successful builds that rendered a file.",
                    ),
                ),
                migrations.AlterField(
                    "calendarfile",
                    "skipped",
                    models.JSONField(
                        default=list, db_column="set_aside",
                        help_text="Todos that could not be rendered, with the reason.",
                    ),
                ),
                migrations.AlterField(
                    "feed",
                    "token_version",
                    models.IntegerField(
                        default=1, editable=False, db_column="generation",
                        help_text="Increases when the address is rotated.",
                    ),
                ),
                migrations.RemoveIndex("calendar", "calendar_due"),
                migrations.AddIndex(
                    "calendar",
                    models.Index(
                        fields=["due_at_ms"], condition=models.Q(due_at_ms__isnull=False), name="calendar_due"
                    ),
                ),
                migrations.AlterField(
                    "worker", "last_heartbeat_ms", models.BigIntegerField(db_column="seen_at")
                ),
            ]
        )
    ]
