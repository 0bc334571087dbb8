from django.db import migrations, models

import todos.models


class Migration(migrations.Migration):
    dependencies = [("todos", "0004_rename_fields")]

    operations = [
        # The previous release runs beside this one and does not know the column: the database has a default too.
        migrations.AddField("todolist", "epoch", models.BigIntegerField(db_default=0, default=0, editable=False)),
        migrations.AlterField(
            "todolist", "epoch", models.BigIntegerField(db_default=0, default=todos.models.new_epoch, editable=False)
        ),
    ]
