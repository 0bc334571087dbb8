"""System checks for combinations of settings that work but are probably a mistake."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

from taskoverflow.environment import is_local_host


@register(Tags.compatibility)
def check_combinations(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Warn about settings that do not fit together."""
    found = []
    if settings.BROKER_URL and connection.vendor == "sqlite":
        found.append(
            Warning(
                "BROKER_URL is for several processes, and the database is one SQLite file.",
                hint="This works if all processes are on one host and see the same file. "
                "Otherwise set DATABASE_URL to a PostgreSQL database.",
                id="taskoverflow.W001",
            )
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "PUBLIC_URL is https, but no proxy is trusted to report which requests came by https.",
                hint="Set TRUSTED_PROXIES to the address of the proxy that terminates TLS. Until then http is not "
                "redirected, and rate limits count all clients of the proxy as one.",
                id="taskoverflow.W002",
            )
        )
    if any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        found.append(
            Warning(
                "TRUSTED_PROXIES contains every address: any client can claim to be another.",
                hint="List only the networks of your proxies.",
                id="taskoverflow.W003",
            )
        )
    public_url = urlsplit(settings.PUBLIC_URL)
    if public_url.scheme == "http" and not is_local_host(public_url.hostname or ""):
        found.append(
            Warning(
                "PUBLIC_URL is http: others on the network can read passwords, sessions and feed addresses.",
                hint="Put a proxy with TLS in front, and set PUBLIC_URL to its https address.",
                id="taskoverflow.W004",
            )
        )
    if settings.HAS_PUBLIC_NAME and settings.DEPLOYED and not settings.PUBLIC_URL:
        found.append(
            Warning(
                "PUBLIC_URL is not set: cookies are not marked as secure, and links in mails and feeds use "
                "the Host of each request.",
                hint="Set PUBLIC_URL to the address that users open in their browsers.",
                id="taskoverflow.W005",
            )
        )
    return found
