"""Where the chaos has its messages sent: what each target got is in a file before it answers, so no death loses it.

python -m tests.chaos.targets webhooks|push|mail PORT FOLDER
"""

import email
import json
import logging
import os
import re
import socket
import sys
import time
from collections.abc import Callable
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pika
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook

from tests.chaos.brokers import AWS_VARIABLES
from tests.followers.topics.rigs import FIFORig, KafkaRig, Received
from tests.processes import Process, free_port
from tests.project import ROOT
from tests.reminders.push_service import PushService
from tests.services import start_kafka, start_moto, start_rabbitmq

SILENCE_SECONDS = 10
# Of the browser, whenever its push service is started.
KEY, AUTH = ec.derive_private_key(2026, ec.SECP256R1()), bytes(16)


class Target(Process):
    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(folder)
        self.cwd, self.kind, self.port = ROOT, kind, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.chaos.targets", self.kind, str(self.port), str(self.folder)]

    def check(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()

    def learn(self, secrets: dict[str, str]) -> None:
        """Let it verify what comes to these paths."""
        (self.folder / "secrets").write_text(json.dumps(secrets))

    @property
    def received(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "received").read_text().splitlines()]


class Program:
    """What runs in a target's process."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.file = os.open(folder / "received", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, **what: object) -> None:
        os.write(self.file, json.dumps({"at": time.time()} | what).encode() + b"\n")

    def webhooks(self) -> None:
        program, secrets = self, {}

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not secrets:  # they come after the target
                    secrets.update(json.loads((program.folder / "secrets").read_text()))
                event = Webhook(secrets[self.path]).verify(body, dict(self.headers))
                assert event["id"] == self.headers["Webhook-Id"]
                program.note(event=event)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        ThreadingHTTPServer(("127.0.0.1", self.port), Handler).serve_forever()

    def push(self) -> None:
        def note(message: dict[str, Any], topic: str) -> None:
            self.note(title=message["title"], id=topic)

        PushService(key=KEY, auth=AUTH, port=self.port, notice=note).thread.join()

    def mail(self) -> None:
        Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=60).start()
        while True:
            time.sleep(60)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=default)
        title, _, _ = mail["Subject"].partition(",")
        self.note(title=title, id=mail["Message-ID"])
        return "250 OK"


class RabbitTopic:
    """An exchange with a queue that lasts. Its server dies, and has lost nothing when it comes back."""

    start = staticmethod(start_rabbitmq)
    variables: dict[str, str] = {}  # what processes need to find it, besides its URL

    def __init__(self, server: Process) -> None:
        self.server, self.url = server, f"{server.url}?exchange=chaos"
        with pika.BlockingConnection(pika.URLParameters(server.url)) as connection:
            channel = connection.channel()
            channel.exchange_declare("chaos", exchange_type="topic", durable=True)
            channel.queue_declare("chaos", durable=True)
            channel.queue_bind("chaos", "chaos", "#")

    def strike(self) -> None:
        logging.getLogger("pika").setLevel(logging.CRITICAL)  # it tells at length that the server is away
        self.server.kill()
        self.server.start()

    def received(self) -> list[dict[str, Any]]:
        with pika.BlockingConnection(pika.URLParameters(self.server.url)) as connection:
            channel = connection.channel()
            bodies = iter(lambda: channel.basic_get("chaos", auto_ack=True)[2], None)
            return [json.loads(body) for body in bodies]


class KafkaTopic(KafkaRig):
    """Three brokers in memory: they can hang, but not die and come back."""

    start = staticmethod(start_kafka)
    variables: dict[str, str] = {}

    def strike(self) -> None:
        with self.hang():
            time.sleep(SILENCE_SECONDS)

    def received(self) -> list[dict[str, Any]]:
        return _until_silent(self.subscribe())


class SNSTopic(FIFORig):
    """A topic in moto's memory with an SQS queue that has subscribed: it can hang, but not die and come back."""

    start = staticmethod(start_moto)

    def __init__(self, server: Process) -> None:
        os.environ.update(AWS_VARIABLES)
        super().__init__(server)
        self.variables = {"AWS_ENDPOINT_URL_SNS": server.url}
        self._receive = self.subscribe()

    def strike(self) -> None:
        with self.hang():
            time.sleep(SILENCE_SECONDS)

    def received(self) -> list[dict[str, Any]]:
        return _until_silent(self._receive)


def _until_silent(receive: Callable[[], list[Received]]) -> list[dict[str, Any]]:
    events, last = [], time.monotonic()
    while time.monotonic() - last < SILENCE_SECONDS:
        if found := receive():
            events += [event for event, _ in found]
            last = time.monotonic()
    return events


Topic = RabbitTopic | KafkaTopic | SNSTopic
TOPICS: dict[str, type[Topic]] = {"rabbitmq": RabbitTopic, "kafka": KafkaTopic, "sns": SNSTopic}


def main() -> None:
    kind, port, folder = sys.argv[1:]
    assert re.fullmatch("webhooks|push|mail", kind)
    getattr(Program(int(port), Path(folder)), kind)()


if __name__ == "__main__":
    main()
