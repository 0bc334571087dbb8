class BrokerURLError(ValueError):
    """BROKER_URL cannot be used. The message is one sentence for a person, and never contains the URL."""
