"""Prometheus metrics of jobs, builds and feeds. What the database knows of them: `metrics_collectors.py`."""

from prometheus_client import Counter, Histogram

import observability.metrics  # noqa: F401  first: it says where metrics are stored

BUCKETS_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

JOB_SECONDS = Histogram(
    "taskoverflow_job_seconds", "From asking for a calendar to its end", ["status"], buckets=BUCKETS_SECONDS
)
BUILD_SECONDS = Histogram(
    "taskoverflow_build_seconds", "Builds of calendars", ["outcome"], buckets=BUCKETS_SECONDS
)
EVENTS = Counter("taskoverflow_events", "Events in files that were built", ["how"])  # rendered or reused
FEED_ANSWERS = Counter("taskoverflow_feed_answers", "Responses to calendar apps", ["status"])
