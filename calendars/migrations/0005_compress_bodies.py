# Nothing changes in the database: a body is compressed before it gets there, and older ones are read as they are.

from django.db import migrations

import database.fields


class Migration(migrations.Migration):

    dependencies = [
        ("calendars", "0004_compress_with_lz4"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AlterField("calendarfile", "body", database.fields.CompressedField())]
        ),
    ]
