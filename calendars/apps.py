from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        from calendars import receivers  # noqa: F401 - connects the receivers of what happens to lists
        from calendars.services import nudges, watching
        from taskoverflow import backups, health, metrics

        metrics.FROM_DATABASE.append(watching.CalendarCollector())
        health.CHECKS["worker"] = watching.check_worker
        backups.AFTER_RESTORE.append(nudges.make_waiting_due)
