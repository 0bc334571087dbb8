from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0009_request_id")]

    operations = [
        # The previous release runs beside this one and does not know the column: the database has a default too.
        migrations.AddField(
            "calendarjob",
            "trace_context",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="The span that asked for it, as a traceparent.",
                max_length=55,
            ),
        ),
    ]
