from django.apps import AppConfig


class TaskOverflowConfig(AppConfig):
    name = "taskoverflow"

    def ready(self) -> None:
        from taskoverflow import checks  # noqa: F401 - registers them
        from web.api import schema  # noqa: F401 - likewise
