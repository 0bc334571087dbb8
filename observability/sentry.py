"""Error reports to Sentry, if SENTRY_DSN is set, without private data."""

from typing import Any

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured

from observability.logs import redact

KEPT_HEADERS = frozenset({"User-Agent", "Accept", "Content-Type", "X-Request-Id"})


def start(dsn: str, transport: Any = None) -> None:
    """Start to report errors: without bodies, local variables and users, and with secrets hidden in every text."""
    try:
        sentry_sdk.init(
            dsn=dsn,
            transport=transport,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_send=scrub,
        )
    except ValueError as error:  # a BadDsn is one
        raise ImproperlyConfigured("SENTRY_DSN must look like https://key@sentry.example.org/1.") from error


def scrub(event: dict, hint: object) -> dict:
    """Remove cookies, the query and the user from the event, and hide secrets in its texts."""
    request = event.get("request", {})
    for name in ("cookies", "query_string", "data", "env"):
        request.pop(name, None)
    request["headers"] = {k: v for k, v in request.get("headers", {}).items() if k in KEPT_HEADERS}
    event.pop("user", None)
    return _redacted(event)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    return value
