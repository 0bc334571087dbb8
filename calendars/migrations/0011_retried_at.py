from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0010_trace_context")]

    operations = [
        migrations.AddField(
            "calendarjob",
            "retried_at",
            models.DateTimeField(
                blank=True, help_text="When it was last tried again after it had failed.", null=True
            ),
        ),
    ]
