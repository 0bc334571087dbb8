"""The id of the request that asked for a job; empty, as far as the previous release creates it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calendars", "0008_feed_creator")]

    operations = [
        migrations.AddField(
            "calendarjob",
            "request_id",
            models.CharField(
                blank=True, db_default="", default="", help_text="Of the HTTP request that asked.", max_length=64
            ),
        ),
    ]
