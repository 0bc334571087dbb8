import pytest
from dramatiq import Message
from dramatiq.errors import DecodeError

from brokers.messages import decode
from tests.brokers.rigs import POISON, message_body

UNREADABLE = {name: fields for name, fields in POISON.items() if name != "no such actor"}


def test_decode_reads_what_a_message_encodes():
    message = Message("ical", "note", ("a",), {"b": 1}, {})
    assert decode(message.encode(), "ical") == message


def test_decode_keeps_no_option_but_redis_id():
    body = message_body("ical", options={"redis_message_id": "x", "pipe_target": {}, "eta": 1})
    assert decode(body, "ical").options == {"redis_message_id": "x"}


@pytest.mark.parametrize("fields", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_decode_refuses(fields):
    body = fields if isinstance(fields, bytes) else message_body("ical", **fields)
    with pytest.raises(DecodeError):
        decode(body, "ical")
