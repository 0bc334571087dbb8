class BrokerURLError(ValueError):
    """BROKER_URL cannot be used; the message is one sentence for a person and never holds the URL itself."""
