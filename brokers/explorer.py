"""Send to an SQS queue and receive from it, for `manage.py queue`."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import boto3
from botocore import exceptions as aws
from botocore.config import Config

WAIT_SECONDS = 10
BATCH = 10
CONFIG = Config(connect_timeout=5, read_timeout=WAIT_SECONDS + 10, retries={"total_max_attempts": 2})

#: The region of AWS's labs for classes.
DEFAULT_REGION = "us-east-1"

#: All messages have one group, so that a FIFO queue keeps them in order.
GROUP = "default"

_NUMBERED = re.compile(r"(.*)Message (\d+)", re.DOTALL)


class ExplorerError(Exception):
    """The queue cannot be used. The message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Letter:
    """A message and its sender."""

    client: str
    body: str


class ExploredQueue:
    """A queue that exists.

    Raises:
        ExplorerError: from every method, if AWS cannot be reached or refuses.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        with self._sentences():
            session = boto3.Session()
            # ECS and CloudShell set AWS_REGION; boto3 itself reads AWS_DEFAULT_REGION and the profile.
            region = os.environ.get("AWS_REGION") or session.region_name or DEFAULT_REGION
            self.client = session.client("sqs", config=CONFIG, region_name=region)
            self.url = self.client.get_queue_url(QueueName=name)["QueueUrl"]

    def close(self) -> None:
        self.client.close()

    def send(self, letter: Letter) -> None:
        # The queue decides by the body whether a message is a duplicate.
        group = {"MessageGroupId": GROUP} if self.name.endswith(".fifo") else {}
        with self._sentences():
            self.client.send_message(
                QueueUrl=self.url,
                MessageBody=letter.body,
                MessageAttributes={"client": {"DataType": "String", "StringValue": letter.client}},
                **group,
            )

    def receive(self, most: float) -> Iterator[Letter]:
        """Wait some seconds for up to `most` messages. Each is deleted when the next is requested."""
        with self._sentences():
            answer = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=min(most, BATCH),
                WaitTimeSeconds=WAIT_SECONDS,
                MessageAttributeNames=["client"],
            )
        for message in answer.get("Messages", []):
            client = message.get("MessageAttributes", {}).get("client", {}).get("StringValue", "somebody")
            yield Letter(client, message["Body"])
            with self._sentences():
                self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError):
            raise ExplorerError(
                "There are no AWS credentials: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY "
                "and, if you were given one, AWS_SESSION_TOKEN."
            ) from None
        except aws.InvalidRegionError:
            raise ExplorerError("AWS_REGION is not a region: set it, for example, to us-east-1.") from None
        except (aws.ConnectionError, aws.HTTPClientError):
            raise ExplorerError("SQS cannot be reached: check the network, and the region's name.") from None
        except aws.ClientError as error:
            raise ExplorerError(self._refusal(error.response.get("Error", {}))) from None
        except aws.BotoCoreError as error:
            raise ExplorerError(f"AWS's library gave up: {_one_line(error)}") from None

    def _refusal(self, error: dict[str, str]) -> str:
        code = error.get("Code", "").rpartition(".")[2]
        if code in ("QueueDoesNotExist", "NonExistentQueue", "InvalidAddress"):
            return f"Unable to find a queue by this name: {self.name}"
        if code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired"):
            return "The AWS credentials have expired: get new ones."
        if code in ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"):
            return "AWS does not know these credentials: check that all parts of them were copied."
        return f"AWS refuses: {_one_line(error.get('Message') or code)}"


@dataclass
class Summary:
    """Counts messages, duplicates, and messages that arrived after a later one of the same run."""

    letters: int = 0
    repeated: int = 0
    out_of_order: int = 0
    _seen: set[Letter] = field(default_factory=set)
    _latest: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, letter: Letter) -> None:
        self.letters += 1
        if letter in self._seen:
            self.repeated += 1
            return
        self._seen.add(letter)
        numbered = _NUMBERED.fullmatch(letter.body)
        if numbered is None:
            return
        run, number = (letter.client, numbered[1]), int(numbered[2])
        if number < self._latest[run]:
            self.out_of_order += 1
        self._latest[run] = max(self._latest[run], number)

    def __str__(self) -> str:
        noun = "message" if self.letters == 1 else "messages"
        return f"{self.letters} {noun}, {self.out_of_order} out of order, {self.repeated} more than once"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
