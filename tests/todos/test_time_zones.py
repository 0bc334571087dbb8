import zoneinfo
from zoneinfo import ZoneInfo

import pytest

from todos.time_zones import find_time_zone, known_zone


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("UTC", "UTC"),
        ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20210210_1/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
    ],
)
def test_a_known_name_is_found_also_at_the_end_of_a_longer_one(name: str, found: str) -> None:
    assert find_time_zone(name) == ZoneInfo(found)


@pytest.mark.parametrize(
    "name", ["", "/", "Mars/Olympus", "../../etc/passwd", "Europe", "/" * 80_000, "a/" * 40_000]
)
def test_any_other_name_is_unknown(name: str) -> None:
    assert find_time_zone(name) is None


def test_no_zone_of_the_system_is_known() -> None:
    assert zoneinfo.TZPATH == ()
    assert find_time_zone("localtime") is None
    assert known_zone("localtime") == ZoneInfo("UTC")
