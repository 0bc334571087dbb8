from django.apps import AppConfig


class ObservatoryConfig(AppConfig):
    name = "observatory"

    def ready(self) -> None:
        from background import sweep
        from observatory import retention

        sweep.register(sweep.Step(retention.delete_expired, retention.EVERY_SECONDS))
