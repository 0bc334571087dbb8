from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            "Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at_ms", models.BigIntegerField(help_text="By the clock of the process.")),
                ("kind", models.CharField(max_length=20)),
                ("list_id", models.BigIntegerField(null=True)),
                ("calendar_id", models.BigIntegerField(null=True)),
                ("job_id", models.UUIDField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("process", models.CharField(max_length=100)),
                ("details", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["at_ms"], name="event_by_age"),
                    models.Index(
                        fields=["job_id", "id"], condition=models.Q(("job_id__isnull", False)), name="event_of_job"
                    ),
                    models.Index(
                        fields=["calendar_id", "id"],
                        condition=models.Q(("calendar_id__isnull", False)),
                        name="event_of_calendar",
                    ),
                    models.Index(
                        fields=["list_id", "id"], condition=models.Q(("list_id__isnull", False)), name="event_of_list"
                    ),
                ],
            },
        ),
    ]
