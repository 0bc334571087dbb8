"""A Kafka cluster in memory: librdkafka's mock. Writes its addresses to the file that its argument names."""

import sys
import time
from pathlib import Path

from confluent_kafka.admin import AdminClient

if __name__ == "__main__":
    client = AdminClient({"test.mock.num.brokers": 3})
    brokers = client.list_topics(timeout=30).brokers.values()
    draft = Path(f"{sys.argv[1]}.draft")
    draft.write_text(",".join(f"{broker.host}:{broker.port}" for broker in brokers))
    draft.rename(sys.argv[1])
    while True:
        time.sleep(60)
