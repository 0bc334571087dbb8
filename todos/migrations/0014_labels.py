import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Coalesce

COLORS = ["Red", "Orange", "Yellow", "Green", "Teal", "Blue", "Purple", "Pink"]


class Migration(migrations.Migration):
    dependencies = [
        ("todos", "0013_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The previous release runs beside this one and does not know the column: the database has a default too.
        migrations.AddField(
            "todo",
            "label_text",
            models.TextField(blank=True, db_default="", default="", help_text="The names of its labels."),
        ),
        migrations.CreateModel(
            "Label",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("key", models.CharField(editable=False, help_text="The name without its case.", max_length=450)),
                (
                    "color",
                    models.CharField(
                        blank=True,
                        choices=[("", "None"), *((name.lower(), name) for name in COLORS), ("gray", "Grey")],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Nobody: a label of the open list.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "label",
            models.UniqueConstraint(
                Coalesce("owner", models.Value(0)), models.F("key"), name="one_label_for_each_key"
            ),
        ),
    ]
