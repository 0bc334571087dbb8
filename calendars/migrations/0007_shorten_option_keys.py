"""Leave default values out of the keys of calendars, so that an option added later changes no key.

The previous release reads both forms and runs beside this. It may still create calendars with full keys: these work
as they are, also beside a calendar of the same options with a short key.
"""

import json
from contextlib import suppress

from django.db import IntegrityError, migrations, transaction

# As they were when this was written. Defaults never change: see CalendarOptions.
DEFAULTS = {
    "completed": "all",
    "mark_completed": False,
    "shape": "moment",
    "block_minutes": 30,
    "components": "event",
    "alarm_minutes": None,
}
BATCH = 500


def shorten(key):
    """Return the short form of a key, or the key itself if it has none."""
    try:
        options = json.loads(key)
    except ValueError:
        return key
    if not isinstance(options, dict):
        return key
    chosen = {name: value for name, value in options.items() if name not in DEFAULTS or value != DEFAULTS[name]}
    return json.dumps(chosen, sort_keys=True, separators=(",", ":"))


def shorten_keys(apps, schema_editor):
    calendars = apps.get_model("calendars", "Calendar").objects.using(schema_editor.connection.alias)
    last_id, rows = 0, True
    while rows:
        rows = list(calendars.filter(pk__gt=last_id).order_by("pk").values_list("pk", "options_key")[:BATCH])
        ids_by_keys = {}
        for last_id, key in rows:
            if (short := shorten(key)) != key:
                ids_by_keys.setdefault((key, short), []).append(last_id)
        for (key, short), ids in ids_by_keys.items():
            replace(calendars, ids, key, short)


def replace(calendars, ids, key, short):
    """Replace the key of these calendars, except where the list has a calendar with the short key already."""
    left = set(ids)
    # Rows that are locked now are changed one by one below: whoever holds one lock here waits for no other, so that
    # this cannot deadlock with the previous release.
    with suppress(IntegrityError), transaction.atomic(using=calendars.db):
        unlocked = calendars.filter(pk__in=ids).select_for_update(skip_locked=True)
        left -= set(change(calendars, unlocked.values_list("pk", flat=True), key, short))
    for pk in left:
        with suppress(IntegrityError), transaction.atomic(using=calendars.db):
            change(calendars, [pk], key, short)


def change(calendars, ids, key, short):
    taken = calendars.filter(options_key=short).values("list")
    ids = list(ids)
    calendars.filter(pk__in=ids, options_key=key).exclude(list__in=taken).update(options_key=short)
    return ids


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("calendars", "0006_rename_fields")]

    operations = [
        migrations.RunPython(shorten_keys, migrations.RunPython.noop, elidable=True),
    ]
