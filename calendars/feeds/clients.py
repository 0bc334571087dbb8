"""The programs that fetch feeds, by their User-Agent, and how often they fetch."""

import re

from django.db import models
from django.utils.translation import gettext_lazy


class Client(models.TextChoices):
    GOOGLE = "google", "Google"
    APPLE = "apple", "Apple"
    OUTLOOK = "outlook", "Outlook"
    THUNDERBIRD = "thunderbird", "Thunderbird"
    OTHER = "other", gettext_lazy("Another program")


HABITS = {
    Client.GOOGLE: gettext_lazy("Syncs every 4 to 24 hours; this cannot be changed."),
    Client.APPLE: (
        gettext_lazy(
            "Syncs as often as the subscription’s settings say; an iPhone or iPad mostly while it charges on Wi-Fi."
        )
    ),
    Client.OUTLOOK: (
        gettext_lazy(
            "Syncs about every 3 hours on the web, sometimes once a day; on a PC as often as it receives mail."
        )
    ),
    Client.THUNDERBIRD: gettext_lazy(
        "Syncs every 30 minutes while it runs, unless the calendar is set otherwise."
    ),
    Client.OTHER: gettext_lazy("Syncs as often as it is set to."),
}

# The order matters: Outlook on a Mac or an iPhone names Apple's system too.
_NAMES = {
    Client.GOOGLE: "google",
    Client.THUNDERBIRD: "thunderbird|lightning/",
    Client.OUTLOOK: "outlook|exchange|microsoft|ms-?office",
    Client.APPLE: r"dataaccessd|calendaragent|accountsd|\b(ios|ipados|macos|mac[ _]os[ _]x)/|\bical/",
}


# A person's program, which fetches no feeds but files. Calendar apps may call themselves so, too.
BROWSER = "browser"


def client_of(user_agent: str) -> Client:
    """Return the kind of program with this User-Agent."""
    known = (client for client, name in _NAMES.items() if re.search(name, user_agent, re.IGNORECASE))
    return next(known, Client.OTHER)


def downloader_of(user_agent: str) -> str:
    """Return the kind of program that downloads a file: a client's, or BROWSER."""
    client = client_of(user_agent)
    return BROWSER if client == Client.OTHER and user_agent.startswith("Mozilla/") else client.value
