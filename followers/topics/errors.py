#: How long a topic may take to confirm an event.
SEND_SECONDS = 5


class TopicURLError(ValueError):
    """EVENT_TOPIC cannot be used. The message is one sentence for a person, and never contains the URL."""


class SendFailed(Exception):
    """The topic may not have the event: send it again. The message is one sentence for an operator."""
