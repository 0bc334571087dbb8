from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TodosConfig(AppConfig):
    name = "todos"

    def ready(self) -> None:
        from background.sweep import Step, register
        from todos.search import index  # its check of the database is registered too
        from todos.services.received import forget_received

        post_migrate.connect(index.ensure_index, sender=self)
        register(Step(forget_received, every_seconds=60 * 60))
