from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TodosConfig(AppConfig):
    name = "todos"

    def ready(self) -> None:
        from todos.search import index  # its check of the database is registered too

        post_migrate.connect(index.ensure_index, sender=self)
