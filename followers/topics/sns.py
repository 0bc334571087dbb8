"""Amazon SNS: it copies each event to all queues, functions and addresses that have subscribed to the topic."""

import re

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from followers.cloudevents import to_json
from followers.topics.errors import SEND_SECONDS, SendFailed, TopicURLError

#: One try: who calls tries again.
SENDING = Config(connect_timeout=2, read_timeout=SEND_SECONDS, retries={"total_max_attempts": 1})

# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_ARN = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")


def options(url: str) -> dict:
    arn = url.removeprefix("sns://")
    found = _ARN.fullmatch(arn)
    if not found:
        raise TopicURLError(
            "An SNS topic is sns:// and its ARN, such as sns://arn:aws:sns:us-east-1:123456789012:taskoverflow.fifo."
        )
    return {"arn": arn, "region": found["region"]}


class Topic:
    """A standard topic, or one that keeps each list's events in order (FIFO).

    FIFO: a list is a message group. SNS drops an event with the id of one that it took less than five minutes ago.
    """

    def __init__(self, *, arn: str, region: str) -> None:
        self.arn = arn
        self.client = boto3.client("sns", region_name=region, config=SENDING)

    def send(self, event: dict, key: str) -> None:
        order = {}
        if self.arn.endswith(".fifo"):
            order = {"MessageGroupId": key, "MessageDeduplicationId": event["id"]}
        try:
            self.client.publish(
                TopicArn=self.arn,
                Message=to_json(event).decode(),
                # What subscribers can filter by: SNS looks into a message only if a subscription says so.
                MessageAttributes={
                    "type": {"DataType": "String", "StringValue": event["type"]},
                    "list": {"DataType": "String", "StringValue": key},
                },
                **order,
            )
        except ClientError as error:
            raise SendFailed(f"SNS refused an event: {error.response['Error']['Code']}.") from error
        except BotoCoreError as error:
            raise SendFailed(f"SNS cannot be reached ({type(error).__name__}).") from error

    def close(self) -> None:
        self.client.close()
