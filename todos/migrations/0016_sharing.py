"""Members of lists, and invitations. New tables: the previous release does not know them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLES = [("viewer", "Viewer"), ("editor", "Editor")]


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def user():
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("todos", "0015_changed_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", key()),
                ("role", models.CharField(choices=ROLES, max_length=6)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="todos.todolist",
                    ),
                ),
                ("user", user()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("list", "user"), name="one_membership_in_list"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["viewer", "editor"])), name="role_of_member_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", key()),
                ("role", models.CharField(choices=ROLES, max_length=6)),
                ("user_name", models.CharField(blank=True, db_index=True, max_length=150)),
                (
                    "token_hash",
                    models.CharField(
                        help_text="SHA-256 of a link's token, in hexadecimal.",
                        max_length=64,
                        null=True,
                        unique=True,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", user()),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="todos.todolist",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("token_hash__isnull", False), ("user_name", "")),
                            models.Q(
                                models.Q(("user_name", ""), _negated=True), ("token_hash__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="invitation_has_name_or_link",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["viewer", "editor"])),
                        name="role_of_invitation_is_known",
                    ),
                ],
            },
        ),
    ]
