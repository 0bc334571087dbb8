"""System checks: combinations of settings that start, and are most likely not what was meant."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection


@register(Tags.compatibility)
def check_combinations(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Warn of settings that do not go together."""
    found = []
    if settings.BROKER_URL and connection.vendor == "sqlite":
        found.append(
            Warning(
                "A broker for several processes, and a database in one file.",
                hint="This works while all of them are on one host and see the same file; "
                "else set DATABASE_URL to a PostgreSQL database.",
                id="taskoverflow.W001",
            )
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "PUBLIC_URL is https, and no proxy is trusted to say which requests came that way.",
                hint="Set TRUSTED_PROXIES to the address of the proxy that ends TLS. Until then http is not "
                "redirected, and limits by address hit the proxy as one client.",
                id="taskoverflow.W002",
            )
        )
    if any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        found.append(
            Warning(
                "TRUSTED_PROXIES has everybody in it: any client can claim any address.",
                hint="Name the proxies' own networks.",
                id="taskoverflow.W003",
            )
        )
    if settings.PUBLIC_URL.startswith("http://") and not _is_local(settings.PUBLIC_URL):
        found.append(
            Warning(
                "PUBLIC_URL is http: passwords, sessions and feed addresses can be read on their way.",
                hint="Put a proxy that speaks TLS in front, and set PUBLIC_URL to its https address.",
                id="taskoverflow.W004",
            )
        )
    if settings.DEPLOYED and not settings.PUBLIC_URL:
        found.append(
            Warning(
                "PUBLIC_URL is not set: cookies are not marked as secure, and links in mails and feeds follow "
                "the Host of whoever asks.",
                hint="Set PUBLIC_URL to the address that users reach this under.",
                id="taskoverflow.W005",
            )
        )
    return found


def _is_local(url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0].rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
