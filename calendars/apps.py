from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        from dataclasses import asdict

        from background import sweep
        from calendars import metrics_collectors
        from calendars.builds import dispatch, sweeper
        from calendars.feeds.services import delete_feeds_of, describe_feeds, keep_feeds_of
        from calendars.queries import WATCHED_JOBS
        from observability import health, metrics
        from todos.hooks import HOOKS, ListHooks
        from todos.queries import WATCHED_OTHERS

        # The packages below know nothing of calendars: they call what is registered here.
        HOOKS.append(
            ListHooks(
                dispatch.wake_calendars, dispatch.lock_calendars, describe_feeds, delete_feeds_of, keep_feeds_of
            )
        )
        WATCHED_OTHERS.append(WATCHED_JOBS)
        sweep.register(
            sweeper.WORK,
            sweep.Step(sweeper.beat, sweeper.HEARTBEAT_SECONDS, is_for_command=False),
            sweep.Step(lambda: asdict(sweeper.sweep()), sweeper.SWEEP_SECONDS),
        )
        metrics.DATABASE_COLLECTORS.append(metrics_collectors.CalendarCollector())
        health.CHECKS["worker"] = metrics_collectors.check_worker
