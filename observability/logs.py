"""Log formats: text for people, JSON for deployments. Neither shows secrets."""

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict

HIDDEN = "[hidden]"
# The fields of ``extra`` that a JSON line may have.
EXTRA_FIELDS = (
    "method", "path", "status", "milliseconds", "user", "request_id",
    "list", "calendar", "job", "jobs", "follower", "kind", "attempt", "outcome", "reason", "count",
)  # fmt: skip
# The path of a feed or of a password reset, up to where an access log continues. The paths are those of the URLs
# `calendars:ics` and `password_reset_confirm`; a test compares them.
_SECRET_PATH = re.compile(r"""((?<!/admin)/calendars/|/password/new/)[\s\S]+?(?= HTTP/|["']|$)""")
# Anything else that looks like a token.
_TOKEN = re.compile(r"(?<![\w-])(?:taskoverflow_)?[\w-]{43}(?![\w-])", re.ASCII)
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)")
_NAMED = re.compile(
    r"""(?i)\b(authorization|cookie|password|sessionid|csrftoken)(["']?\s*[:=]\s*["']?)[^\s"',;&]+"""
)


def redact(text: str) -> str:
    """Hide feed addresses, tokens and passwords in ``text``."""
    text = _TOKEN.sub(HIDDEN, _SECRET_PATH.sub(rf"\1{HIDDEN}", text))
    return _NAMED.sub(rf"\1\2{HIDDEN}", _URL_PASSWORD.sub(rf"\1{HIDDEN}", text))


class HideSecrets(logging.Filter):
    """Hide secrets in every message, whoever logs it: Django logs the path of each error response."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = redact(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class WithoutTraceback(logging.Filter):
    """Drop the traceback of a client error, which shows only Django's own code."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


class TextFormatter(logging.Formatter):
    """One readable line for each event, followed by its traceback."""

    def formatException(self, ei: Any) -> str:
        return redact(super().formatException(ei))


class JSONFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object for each event, with its request's id and its traceback."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact_values,
                structlog.processors.JSONRenderer(default=str),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(allow=EXTRA_FIELDS),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )


def redact_values(logger: object, method: str, event: EventDict) -> EventDict:
    """Hide secrets in every text of the event: a structlog processor that runs before quotes are escaped."""
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}
