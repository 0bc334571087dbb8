from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("todos", "0010_check_priority")]

    operations = [
        # The previous release runs beside this one and does not know the column: its todos have none, and come last.
        migrations.AddField(
            "todo",
            "position",
            models.FloatField(
                editable=False, help_text="Its place in the manual order; null: its id.", null=True
            ),
        ),
    ]
