"""The topic of events: what is sent to it reaches every subscribed queue."""

import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from followers import topics
from tests.terraform.tools import AWS, DIGEST, Terraform, granted

# The topic and what may publish to it, without the system around it.
PARTS = ("-target=module.topic", "-target=module.roles.aws_iam_role_policy.topic")


@pytest.fixture(scope="module")
def app(terraform: Callable[[str], Terraform]) -> Terraform:
    folder = terraform("app")
    folder.apply(*PARTS, image_digest=DIGEST, event_topic={"queues": ["search", "audit"]})
    return folder


def test_each_queue_gets_every_event_once_and_in_order(
    app: Terraform, aws: AWS, client: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    arn = app.outputs()["event_topic"]
    assert arn.endswith(":taskoverflow-events.fifo")
    topic = topics.open_topic.__wrapped__(f"sns://{arn}")
    sent = [{"id": str(uuid4()), "type": "org.taskoverflow.list.changed", "data": {"revision": n}} for n in (1, 2)]
    for event in [*sent, sent[1]]:
        topic.send(event, "7")
    topic.close()

    sqs = client("sqs")
    queues = app.outputs()["event_queues"]
    assert sorted(queues) == ["audit", "search"]
    for url in queues.values():
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [json.loads(message["Body"]) for message in found] == sent


def test_queues_are_encrypted_and_only_the_topic_may_send(app: Terraform, client: Callable) -> None:
    sqs = client("sqs")
    arn = app.outputs()["event_topic"]
    assert client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["KmsMasterKeyId"] == "alias/aws/sns"
    urls = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    found = {
        name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for name, url in urls.items()
    }
    assert sorted(found) == [
        "taskoverflow-audit-dead.fifo",
        "taskoverflow-audit.fifo",
        "taskoverflow-search-dead.fifo",
        "taskoverflow-search.fifo",
    ]
    for name, attributes in found.items():
        assert attributes["SqsManagedSseEnabled"] == "true"
        [refused, *allowed] = json.loads(attributes["Policy"])["Statement"]
        assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert [(one["Principal"], one["Action"], one["Condition"]) for one in allowed] == (
            []
            if "-dead" in name
            else [
                (
                    {"Service": "sns.amazonaws.com"},
                    "sqs:SendMessage",
                    {"ArnEquals": {"aws:SourceArn": arn}},
                )
            ]
        )
    assert json.loads(found["taskoverflow-search.fifo"]["RedrivePolicy"]) == {
        "deadLetterTargetArn": found["taskoverflow-search-dead.fifo"]["QueueArn"],
        "maxReceiveCount": 5,
    }


def test_only_workers_may_publish(app: Terraform, client: Callable) -> None:
    assert granted(client("iam"))["taskoverflow-worker"] == {("sns:Publish", app.outputs()["event_topic"])}


def test_a_standard_topic_has_standard_queues(app: Terraform, client: Callable) -> None:
    app.apply(*PARTS, image_digest=DIGEST, event_topic={"fifo": False})
    arn = app.outputs()["event_topic"]
    assert arn.endswith(":taskoverflow-events")
    [subscription] = client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert subscription["Endpoint"].endswith(":taskoverflow-subscriber")
