from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        from calendars import metrics_collectors
        from calendars.builds import dispatch
        from observability import health, metrics
        from operations import backup
        from todos.followers import FOLLOWERS, Follower

        FOLLOWERS.append(Follower(wake=dispatch.wake_calendars, lock=dispatch.lock_calendars))
        metrics.FROM_DATABASE.append(metrics_collectors.CalendarCollector())
        health.CHECKS["worker"] = metrics_collectors.check_worker
        backup.AFTER_RESTORE.append(dispatch.make_waiting_due)
