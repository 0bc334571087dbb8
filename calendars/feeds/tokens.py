"""The secret in a feed's address: derived, never stored, and looked up by its hash."""

import base64
import hashlib
import uuid

from django.utils.crypto import salted_hmac

SALT = "calendars.feed"  # of the addresses that people have subscribed to: never changes


def feed_token(feed_id: uuid.UUID, token_version: int) -> str:
    """Return the token: the HMAC-SHA256, under the secret key, of the feed and how often it was rotated."""
    digest = salted_hmac(SALT, f"{feed_id}:{token_version}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """Return what a token is looked up by. Any text has a hash; what it looks like is never asked."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
