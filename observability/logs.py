"""Log lines: readable where a person runs this, JSON where it is deployed, without secrets in either."""

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict

HIDDEN = "[hidden]"
# The address of a feed or of a new password, up to where an access log goes on; and what looks like a token
# wherever else it was typed.
_ADDRESS = re.compile(r"""((?<!/admin)/calendars/|/password/new/)[\s\S]+?(?= HTTP/|["']|$)""")
_TOKEN = re.compile(r"(?<![\w-])(?:taskoverflow_)?[\w-]{43}(?![\w-])", re.ASCII)
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)")
_NAMED = re.compile(
    r"""(?i)\b(authorization|cookie|password|sessionid|csrftoken)(["']?\s*[:=]\s*["']?)[^\s"',;&]+"""
)


def redact(text: str) -> str:
    """Return the text without feed addresses, tokens and passwords."""
    text = _TOKEN.sub(HIDDEN, _ADDRESS.sub(rf"\1{HIDDEN}", text))
    return _NAMED.sub(rf"\1\2{HIDDEN}", _URL_PASSWORD.sub(rf"\1{HIDDEN}", text))


class HideSecrets(logging.Filter):
    """Hides secrets before any formatter, whoever logs them: Django names the path of every error answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = redact(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class WithoutTraceback(logging.Filter):
    """For what is a caller's fault: a traceback would only tell how Django found it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


class TextFormatter(logging.Formatter):
    """One readable line for an event, with its traceback below."""

    def formatException(self, ei: Any) -> str:
        return redact(super().formatException(ei))


class JSONFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object for an event, with the request it belongs to and its traceback inside."""

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
                structlog.stdlib.ExtraAdder(
                    allow=["method", "path", "status", "calendar", "outcome", "milliseconds", "user"]
                ),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )


def redact_values(logger: object, method: str, event: EventDict) -> EventDict:
    """A structlog processor: hide secrets before quotes are escaped, in every text of the event."""
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}
