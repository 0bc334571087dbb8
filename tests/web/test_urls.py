"""What `web` knows about the URLs is true."""

import pytest
from django.conf import settings
from django.urls import reverse

from web import monitoring
from web.body_limits import max_body_bytes
from web.paths import is_api


def test_monitoring_answers_at_the_paths_of_the_api() -> None:
    assert (reverse("api:health"), reverse("api:ready")) == (monitoring.HEALTH_PATH, monitoring.READY_PATH)


def test_api_prefix_is_that_of_the_api() -> None:
    assert is_api(reverse("api:root")) and is_api(reverse("api:todos")) and is_api("/api")
    assert not is_api(reverse("todos:list")) and not is_api("/apiary")


@pytest.mark.parametrize("prefix", settings.FAST_PATH_PREFIXES)
def test_fast_path_is_for_the_api_and_feeds(prefix: str) -> None:
    paths = [reverse("api:todos"), reverse("calendars:ics", args=["token.ics"])]
    assert [path for path in paths if path.startswith(prefix)]


def test_views_that_accept_a_file_have_a_larger_limit(settings: object) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.MAX_IMPORT_BYTES = 1_000, 50_000
    limits = {
        path: max_body_bytes(path)
        for path in (reverse("api:import"), reverse("calendars:import"), reverse("api:todos"), "/nothing")
    }
    assert list(limits.values()) == [50_000, 60_000, 1_000, 1_000], limits
