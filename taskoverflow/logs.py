"""What log lines must not hold."""

import logging
import re

HIDDEN = "[hidden]"
# A feed's address, up to where an access log goes on; and what looks like a token wherever else it was typed.
_ADDRESS = re.compile(r"""(/calendars/)[\s\S]+?(?= HTTP/|["']|$)""")
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)


class HideFeedTokens(logging.Filter):
    """Hides the secret addresses of feeds, whoever logs them: Django names the path of every error answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _TOKEN.sub(HIDDEN, _ADDRESS.sub(rf"\1{HIDDEN}", message))
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
