from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # They register the database as a store of rate limits, and a receiver.
        from accounts import rate_limit_storage as rates  # noqa: F401
        from accounts import receivers  # noqa: F401
