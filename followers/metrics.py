"""Prometheus metrics of followers; `FollowersConfig.ready` registers what the database knows of them."""

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import observability.metrics  # noqa: F401  first: it says where metrics are stored
from followers.models import Follower

MAX_COUNTED = 100_000

DELIVERIES = Counter("taskoverflow_deliveries", "Deliveries to followers of lists", ["kind", "outcome"])


class FollowerCollector(Collector):
    """Metrics from the database, the same in every process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        due = Follower.objects.due().order_by()[:MAX_COUNTED].count()
        yield GaugeMetricFamily("taskoverflow_followers_due", "Followers of lists that are due to be told", due)
        failing = GaugeMetricFamily("taskoverflow_followers_failing", "Followers that fail", labels=["kind"])
        failed = Follower.objects.filter(is_active=True, failing_since__isnull=False)
        for kind, count in failed.values_list("kind").annotate(Count("pk")).order_by():
            failing.add_metric([kind], count)
        yield failing
