"""Secrets and signatures as Standard Webhooks has them, whose libraries verify what is sent.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence

from django.utils.crypto import salted_hmac

_SALT = "followers.webhook"
_PREFIX = "whsec_"


def webhook_secret(webhook_id: uuid.UUID, version: int) -> str:
    """Return the secret: an HMAC under the secret key, derived each time and never stored.

    Who reads the database or a backup of it can sign nothing.
    """
    digest = salted_hmac(_SALT, f"{webhook_id}:{version}", algorithm="sha256").digest()
    return _PREFIX + base64.b64encode(digest).decode()


def signature_headers(event_id: uuid.UUID, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that identify and sign a body. A receiver accepts it if one of the signatures is right."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    return {
        "Webhook-Id": str(event_id),
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(f"v1,{_sign(secret, signed)}" for secret in secrets),
    }


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
