import subprocess
import sys

import pytest

from followers import topics
from followers.topics import kafka

ARN = "arn:aws:sns:ap-southeast-2:123456789012:events.fifo"


@pytest.mark.parametrize(
    "url",
    [
        f"sns://{ARN}",
        "sns://arn:aws-us-gov:sns:us-gov-west-1:123456789012:events",
        "kafka://localhost:9092/events",
        "kafka+ssl://me:se%23cret@b-1.msk.example:9096,b-2.msk.example:9096/list.events",
        "kafka://[::1]:9092/events",
        "kafka+ssl://me:secret@b-1:9096/events?mechanism=PLAIN&ca=/app/ca.pem",
        "amqp://guest:guest@localhost/",
        "amqps://me:secret@mq.example:5671/vhost?exchange=lists&heartbeat=30",
    ],
)
def test_a_url_of_a_topic_is_taken(url):
    topics.check(url)


def test_a_kafka_url_signs_in():
    found = kafka.options("kafka+ssl://me:se%23cret@b-1:9096,b-2:9096/events?ca=/app/ca.pem")
    assert found == {
        "topic": "events",
        "config": {
            "bootstrap.servers": "b-1:9096,b-2:9096",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "me",
            "sasl.password": "se#cret",
            "ssl.ca.location": "/app/ca.pem",
        },
    }
    assert kafka.options("kafka://b-1:9092/events")["config"]["security.protocol"] == "PLAINTEXT"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("events", "It must start with sns://, kafka://, kafka+ssl://, amqp:// or amqps://"),
        ("redis://me:secret@localhost/0", "It must start with sns://"),
        ("sns:arn:aws:sns:us-east-1:123456789012:events", "It must start with sns://"),
        ("sns://events", "is sns:// and its ARN"),
        ("sns://arn:aws:sqs:us-east-1:123456789012:events", "is sns:// and its ARN"),
        ("sns://arn:aws:sns:us-east-1:123456789012:events?region=us-east-1", "is sns:// and its ARN"),
        ("kafka://localhost/events", "servers with their ports"),
        ("kafka://localhost:9092,/events", "servers with their ports"),
        ("kafka://[::1:9092/events", "This is not a URL"),
        ("kafka://localhost:9092", "The path of a Kafka URL is the topic"),
        ("kafka://localhost:9092/a/b", "The path of a Kafka URL is the topic"),
        ("kafka://localhost:9092/..", "The path of a Kafka URL is the topic"),
        ("kafka://me@localhost:9092/events", "a user and a password, or neither"),
        ("kafka://me:secret@localhost:9092/events?mechanism=GSSAPI", "The options of a Kafka URL"),
        ("kafka://me:secret@localhost:9092/events?acks=0", "The options of a Kafka URL"),
        ("kafka+ssl://me:sec#ret@localhost:9096/events", "write %23"),
        ("amqp://me:secret@localhost:port/", "Its host, its port or one of its options"),
        ("amqp://me:secret@localhost/?heartbeat=often", "Its host, its port or one of its options"),
        ("amqp://me:secret@localhost/?exchange=", "The exchange of an AMQP URL"),
        ("amqp://me:secret@localhost/?exchange=amq.topic", "The exchange of an AMQP URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_sentence(url, sentence):
    with pytest.raises(topics.TopicURLError) as refusal:
        topics.check(url)
    message = str(refusal.value)
    assert sentence in message
    assert "secret" not in message
    assert message.endswith(".")
    assert refusal.value.__cause__ is None


def test_only_the_client_of_the_chosen_topic_is_imported():
    code = (
        "import sys; from followers import topics; topics.check('amqp://localhost');"
        "sys.exit(bool({'boto3', 'confluent_kafka', 'django'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
