from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("todos", "0008_open_todos")]

    operations = [
        # The previous release runs beside this one and does not know the column: the database has a default too.
        migrations.AddField(
            "todo",
            "priority",
            models.SmallIntegerField(
                choices=[(0, "None"), (1, "High"), (5, "Medium"), (9, "Low")], db_default=0, default=0
            ),
        ),
        migrations.AddConstraint(
            "todo",
            models.CheckConstraint(condition=models.Q(priority__in=[0, 1, 5, 9]), name="priority_is_known"),
        ),
    ]
