"""Prometheus metrics of the operator's topic."""

from collections.abc import Iterator

from django.db.models import Min
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import observability.metrics  # noqa: F401  first: it says where metrics are stored
from database.clock import now_ms
from followers.models import Follower, FollowerKind

EVENTS = Counter("taskoverflow_topic_events", "Events for the operator's topic", ["outcome"])  # sent or failed


class TopicCollector(Collector):
    """Metrics from the database, the same in every process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = Follower.objects.filter(kind=FollowerKind.TOPIC, is_active=True, due_at_ms__isnull=False)
        # A failed attempt is what remains of a change's time.
        found = waiting.aggregate(changed_ms=Min("first_change_at_ms"), failing=Min("failing_since"))
        since = [found["changed_ms"] / 1000] if found["changed_ms"] is not None else []
        since += [found["failing"].timestamp()] if found["failing"] is not None else []
        age = max(0.0, now_ms() / 1000 - min(since)) if since else 0.0
        yield GaugeMetricFamily("taskoverflow_topic_oldest_event_seconds", "Age of the oldest unsent event", age)
