import subprocess
import sys

import pytest

import brokers

AMQP_DEFAULTS = "connection_attempts=1&socket_timeout=2&stack_timeout=2&blocked_connection_timeout=2&heartbeat=10"


@pytest.mark.parametrize("url", [None, ""])
def test_no_url_is_the_embedded_broker(url):
    assert brokers.configure(url) == {
        "BROKER": "brokers.embedded.EmbeddedBroker",
        "OPTIONS": {},
    }
    assert brokers.queue_name(url) == "ical"


@pytest.mark.parametrize(
    ("url", "broker", "options"),
    [
        ("redis://localhost", "redis.RedisBroker", {"url": "redis://localhost"}),
        ("rediss://:pw@r.example:6380/2", "redis.RedisBroker", {"url": "rediss://:pw@r.example:6380/2"}),
        (
            "amqp://guest:guest@localhost:5672/%2F",
            "rabbitmq.RabbitmqBroker",
            {"url": f"amqp://guest:guest@localhost:5672/%2F?{AMQP_DEFAULTS}"},
        ),
        (
            "amqps://mq.example?heartbeat=30",
            "rabbitmq.RabbitmqBroker",
            {"url": f"amqps://mq.example?{AMQP_DEFAULTS.replace('heartbeat=10', 'heartbeat=30')}"},
        ),
        (
            "sqs:///todo.fifo?region=ap-southeast-2",
            "sqs.SQSBroker",
            {"region": "ap-southeast-2", "endpoint": None, "create": False},
        ),
        (
            "sqs://localhost:4566/todo?region=us-east-1&scheme=http&create=true",
            "sqs.SQSBroker",
            {"region": "us-east-1", "endpoint": "http://localhost:4566", "create": True},
        ),
    ],
)
def test_url_says_which_broker(url, broker, options):
    assert brokers.configure(url) == {"BROKER": f"brokers.{broker}", "OPTIONS": options}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("redis://localhost/2", "ical"),
        ("amqp://localhost/vhost", "ical"),
        ("sqs://?region=us-east-1", "ical"),
        ("sqs:///?region=us-east-1", "ical"),
        ("sqs:///todo-Queue_1?region=us-east-1", "todo-Queue_1"),
        ("sqs://localhost:4566/todo.fifo", "todo.fifo"),
    ],
)
def test_queue_name_is_the_path_of_an_sqs_url(url, name):
    assert brokers.queue_name(url) == name


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("localhost:6379", "It must start with redis://"),
        ("kafka://me:secret@localhost", "It must start with redis://"),
        ("redis://me:secret@localhost:port/", "This is not a URL"),
        ("redis://me:secret@localhost:99999/", "This is not a URL"),
        ("redis://me:sec#ret@localhost/", "write %23"),
        ("redis://me:secret@localhost/name", "the number of its database"),
        ("redis://me:secret@localhost/0?socket_timeout=long", "an option that Redis"),
        ("redis://me:secret@localhost/0?colour=red", "an option that Redis"),
        ("amqp://me:secret@localhost/?heartbeat=often", "an option that RabbitMQ"),
        ("sqs://key:secret@/ical?region=us-east-1", "takes no user or password"),
        ("sqs:///a/b?region=us-east-1", "the queue's name"),
        ("sqs:///ical.FIFO?region=us-east-1", "the queue's name"),
        (f"sqs:///{'q' * 81}?region=us-east-1", "the queue's name"),
        ("sqs:///ical?region=us-east-1&visibility=3", "region, scheme and create"),
        ("sqs:///ical?region=us-east-1&scheme=ftp", "http or https"),
        ("sqs:///ical?region=us-east-1&create=yes", "true or false"),
    ],
)
def test_url_that_cannot_be_used_is_one_sentence(url, sentence):
    with pytest.raises(brokers.BrokerURLError) as refusal:
        brokers.configure(url)
    message = str(refusal.value)
    assert sentence in message
    assert "secret" not in message
    assert message.count(". ") == 0
    assert message.endswith(".")
    assert refusal.value.__cause__ is None


def test_sqs_wants_a_region(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(brokers.BrokerURLError, match="needs a region"):
        brokers.configure("sqs:///ical")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert brokers.configure("sqs:///ical")["OPTIONS"]["region"] == "eu-west-1"


def test_only_the_client_of_the_chosen_broker_is_imported():
    code = (
        "import sys; import brokers; brokers.configure('redis://localhost');"
        "sys.exit(bool({'boto3', 'pika'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
