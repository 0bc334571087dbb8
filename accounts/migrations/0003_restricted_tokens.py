from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_rate_counts"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="list_ids",
            field=models.JSONField(
                blank=True,
                help_text="The lists that it is restricted to; null: all that its user may read.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="token_hash",
            field=models.CharField(
                help_text="SHA-256 of the token, in hexadecimal; SHA3-256 if it is restricted.",
                max_length=64,
                unique=True,
            ),
        ),
    ]
