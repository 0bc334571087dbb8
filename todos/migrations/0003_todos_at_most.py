from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("todos", "0002_week_start")]

    operations = [
        # Without a default first: what is there is not counted yet.
        migrations.AddField("todolist", "todos_at_most", models.BigIntegerField(null=True, editable=False)),
        migrations.AlterField(
            "todolist", "todos_at_most", models.BigIntegerField(default=0, null=True, editable=False)
        ),
    ]
