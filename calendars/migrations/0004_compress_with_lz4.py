# PostgreSQL compresses long values with pglz unless told otherwise; lz4 makes as little of a calendar file in a
# fraction of the time, which is most of what a small change costs. Servers built without it stay as they are.

from django.db import migrations

HAS_LZ4 = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
COMPRESS = "ALTER TABLE calendars_calendarfile ALTER COLUMN body SET COMPRESSION {}"


def compress_with(method):
    def alter(apps, schema_editor):
        if schema_editor.connection.vendor != "postgresql":
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(HAS_LZ4)
            if cursor.fetchone() == (True,):
                cursor.execute(COMPRESS.format(method))

    return alter


class Migration(migrations.Migration):

    dependencies = [
        ("calendars", "0003_feeds_anew"),
    ]

    operations = [
        migrations.RunPython(compress_with("lz4"), compress_with("default")),
    ]
