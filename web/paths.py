"""Which paths belong to the API."""

from django.conf import settings


def is_api(path: str) -> bool:
    return path.startswith(settings.API_PREFIX) or path == settings.API_PREFIX.rstrip("/")
