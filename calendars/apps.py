from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        from calendars import metrics_collectors as watching
        from calendars.builds import dispatch as nudges
        from calendars.builds import schedule as receivers  # noqa: F401 - connects the receivers of what happens to lists
        from observability import health, metrics
        from operations import backup as backups

        metrics.FROM_DATABASE.append(watching.CalendarCollector())
        health.CHECKS["worker"] = watching.check_worker
        backups.AFTER_RESTORE.append(nudges.make_waiting_due)
