"""What changed in backups from one release to the next."""

# For each migration since the oldest release that can be restored: the fields that it renamed, by model. The
# header of a backup names the migrations that had been applied when it was written.
RENAMED_FIELDS = {
    "todos.0004_rename_fields": {"todos.todolist": {"todos_at_most": "todo_count_upper_bound"}},
    "todos.0005_epoch": {},
    "todos.0006_byte_count_upper_bound": {},
    "todos.0007_several_lists": {"todos.todolist": {"owner": "default_owner"}},
    "todos.0008_open_todos": {},
    "todos.0009_priority": {},
    "todos.0010_check_priority": {},
    "todos.0011_position": {},
    "todos.0012_subtasks": {},
    "todos.0013_filters": {},
    "todos.0014_labels": {},
    "todos.0015_changed_by": {},
    "todos.0016_sharing": {},
    "todos.0017_recurrence": {},
    "todos.0018_reopened": {},
    "todos.0019_received_changes": {},
    "accounts.0003_restricted_tokens": {},
    "calendars.0006_rename_fields": {
        "calendars.calendar": {
            "due_at": "due_at_ms",
            "first_change_at": "first_change_at_ms",
            "lease_until": "lease_until_ms",
            "builds": "build_count",
        },
        "calendars.feed": {"generation": "token_version"},
    },
    "calendars.0007_shorten_option_keys": {},  # options_key is made canonical for every restored calendar
    "calendars.0008_feed_creator": {},
    "calendars.0009_request_id": {},
    "calendars.0010_trace_context": {},
    "calendars.0011_retried_at": {},
    "calendars.0012_job_lists": {},
    "followers.0001_initial": {},
    "reminders.0001_reminders": {},
    "reminders.0002_confirmed_email": {},
    "reminders.0003_language": {},
    "reminders.0004_time_format": {},
}


class UnsupportedRelease(Exception):
    """The message says which release can restore the backup."""


def missing_migrations(backup: set[str], ours: set[str]) -> list[str]:
    """Return the migrations that came after the backup, in order. Raises UnsupportedRelease."""
    if backup - ours:
        raise UnsupportedRelease(
            "This backup was written by a newer version: upgrade TaskOverflow and migrate before restoring it."
        )
    if ours - backup - RENAMED_FIELDS.keys():
        raise UnsupportedRelease(
            "This backup is too old: restore it with the version that wrote it, then upgrade that installation."
        )
    return [migration for migration in RENAMED_FIELDS if migration not in backup]


def upgrade_row(model: str, fields: dict, migrations: list[str]) -> None:
    """Change the fields of a row as these migrations changed its model."""
    for migration in migrations:
        for old, new in RENAMED_FIELDS[migration].get(model, {}).items():
            fields[new] = fields.pop(old)
