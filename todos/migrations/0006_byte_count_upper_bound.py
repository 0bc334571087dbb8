from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("todos", "0005_epoch")]

    # Null, so that the previous release, which does not know the column, can add lists; these are then counted once.
    operations = [
        migrations.AddField(
            "todolist", "byte_count_upper_bound", models.BigIntegerField(editable=False, null=True)
        ),
    ]
