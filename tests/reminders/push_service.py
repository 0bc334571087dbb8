"""A push service and the browser behind it: checks who sends, and decrypts, with the standards' crypto."""

import base64
import http.server
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def keys_of(key: ec.EllipticCurvePrivateKey, auth: bytes) -> dict[str, str]:
    """Return what a browser with these tells whoever is to send to it."""
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return {"p256dh": encode(point), "auth": encode(auth)}


@dataclass
class PushService:
    """What one browser has received. ``statuses`` are what it answers first; ``notice`` is told before it answers."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    received: list[dict[str, Any]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    senders: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    asked: int = 0
    port: int = 0  # 0: a free one
    notice: Callable[[dict[str, Any], str], object] = lambda message, topic: None

    def __post_init__(self) -> None:
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = service.statuses.pop(0) if service.statuses else 201
                if status == 201:
                    service.take(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def subscription(self) -> dict[str, str]:
        return {"endpoint": f"{self.origin}/push/1"} | keys_of(self.key, self.auth)

    def take(self, headers: Any, body: bytes) -> None:
        self.senders.add(self.check_sender(headers["Authorization"]))
        assert headers["Content-Encoding"] == "aes128gcm"
        assert int(headers["TTL"]) > 0
        content = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        self.received.append(json.loads(content))
        self.topics.append(headers["Topic"])
        self.notice(self.received[-1], headers["Topic"])

    def check_sender(self, authorization: str) -> str:
        """Return the sender's public key, once its signature is verified (RFC 8292)."""
        scheme, _, rest = authorization.partition(" ")
        assert scheme == "vapid"
        values = dict(part.strip().split("=", 1) for part in rest.split(","))
        header, claims, signature = values["t"].split(".")
        raw = decode(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(values["k"]))
        public.verify(der, f"{header}.{claims}".encode(), ec.ECDSA(SHA256()))
        said = json.loads(decode(claims))
        assert said["aud"] == self.origin
        assert time.time() < said["exp"] <= time.time() + 24 * 60 * 60
        assert said["sub"].startswith(("mailto:", "https:"))
        return values["k"]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
