"""Who changed a todo last; null, as far as the previous release writes it.

This is not part of the next migration: together, both would hold the locks of todos while they wait for those of lists,
and deadlock with who changes a todo.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("todos", "0014_labels"),
    ]

    operations = [
        migrations.AddField(
            "todo",
            "changed_by",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
