from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # They register the database as a store of rate limits, and a receiver.
        from accounts import rates, receivers  # noqa: F401
