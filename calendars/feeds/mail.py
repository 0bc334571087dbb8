"""A calendar link by mail, to open it on a phone."""

import logging

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext

from calendars.links import FeedLinks
from calendars.models import Feed

logger = logging.getLogger(__name__)


class MailFailed(Exception):
    """The mail server did not take the mail."""


def mail_link(*, feed: Feed, links: FeedLinks, address: str) -> None:
    """Send the feed's links, which are secrets, to an address whose reader has agreed to get mails.

    The request waits for the mail server, so that the page can say what came of it. Raises MailFailed.
    """
    text = render_to_string("calendars/mail/link.txt", {"feed": feed, "links": links})
    try:
        send_mail(gettext("Your calendar link"), text, None, [address])
    except OSError as error:
        logger.warning("The mail with the link of feed %s was not sent: %s", feed.pk, type(error).__name__)
        raise MailFailed from error
