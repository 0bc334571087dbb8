from django.apps import AppConfig
from django.conf import settings


class ObservatoryConfig(AppConfig):
    name = "observatory"

    def ready(self) -> None:
        from background import sweep
        from observatory import retention

        sweep.register(
            sweep.Step(retention.delete_expired, retention.EVERY_SECONDS),
            sweep.Step(retention.delete_experiments, retention.EXPERIMENTS_EVERY_SECONDS),
        )
        if settings.LAB:
            from calendars.builds import build
            from observatory.lab import faults

            build.AFTER_CLAIM.append(faults.after_claim)
            sweep.FILTERS.append(faults.leave_out)
