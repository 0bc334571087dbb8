"""Web Push: encrypting for a browser (RFC 8291), signing as this installation (RFC 8292), sending. It knows no models.

Endpoints are given by users, so they are reached by the safe client alone.
"""

import base64
import binascii
import hashlib
import hmac
import time
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02

from web import outgoing

if TYPE_CHECKING:
    from reminders.sending import Push

TTL_SECONDS = 12 * 60 * 60  # how long a push service keeps it for a browser that is off
TOKEN_SECONDS = 12 * 60 * 60  # at most a day: RFC 8292, section 2
GONE = {404, 410}
PUBLIC_KEY_BYTES, AUTH_BYTES = 65, 16
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


class PushFailed(Exception):
    """The message is a sentence."""


class Gone(PushFailed):
    """The browser does not take messages any more."""


class InvalidSubscription(ValueError):
    """The message is a sentence for whoever sent it."""


def check_subscription(endpoint: str, p256dh: str, auth: str) -> None:
    """Raise InvalidSubscription unless a browser can have said this."""
    try:
        outgoing.check_url(endpoint)
    except outgoing.AddressRefused as error:
        raise InvalidSubscription(str(error)) from error
    try:
        if len(decode(auth)) != AUTH_BYTES:
            raise ValueError
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(p256dh))
    except (ValueError, binascii.Error):
        raise InvalidSubscription("The keys are not those of a push subscription.") from None


def public_key() -> str:
    """Return the key that browsers subscribe with: whoever has its other half may send to them."""
    point = (
        _private_key()
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return encode(point)


def headers_for(endpoint: str, *, topic: str, now: float) -> dict[str, str]:
    """Return the headers of a message that replaces what the push service still has of the same topic."""
    parts, own = urlsplit(endpoint), settings.PUBLIC_URL
    mailto = f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}"
    vapid = Vapid02(_private_key())
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now) + TOKEN_SECONDS,
        "sub": own if own.startswith("https:") else mailto,  # RFC 8292 knows no others
    }
    return vapid.sign(claims) | {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_SECONDS),
        "Urgency": "high",
        "Topic": topic,  # at most 32 characters: RFC 8030, section 5.4
    }


def encrypt(payload: bytes, *, p256dh: str, auth: str) -> bytes:
    """Return the body, which only that browser can read."""
    return http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=decode(p256dh),
        auth_secret=decode(auth),
        version="aes128gcm",
    )


def send(push: "Push") -> None:
    """Raises Gone and PushFailed."""
    browser = push.browser
    body = encrypt(push.payload, p256dh=browser.p256dh, auth=browser.auth)
    headers = headers_for(browser.endpoint, topic=push.topic, now=time.time())
    try:
        answer = outgoing.post(browser.endpoint, body, headers)
    except (outgoing.AddressRefused, outgoing.NoAnswer) as error:
        raise PushFailed(str(error)) from error
    if answer.status in GONE:
        raise Gone("The browser does not take messages any more.")
    if not answer.is_success:
        raise PushFailed(f"The push service answered {answer.status}.")


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


@cache
def _private_key() -> ec.EllipticCurvePrivateKey:
    if given := settings.VAPID_PRIVATE_KEY:
        return ec.derive_private_key(int.from_bytes(decode(given)), ec.SECP256R1())
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"reminders: VAPID", hashlib.sha512)
    return ec.derive_private_key(int.from_bytes(digest) % (ORDER - 1) + 1, ec.SECP256R1())
