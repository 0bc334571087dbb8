"""Several lists of one user."""

from collections.abc import Iterator

from benchmarks import data
from benchmarks.figures import Figure, Row
from benchmarks.load import load
from benchmarks.servers import Side

TODOS_EACH = 100
TODAY = {
    count: Row(
        f"the page Today over {count} list{'' if count == 1 else 's'} of 100 todos", "/s", more_is_better=True
    )
    for count in (1, 10, 100)
}


def read_today(side: Side, count: int, seconds: int) -> Iterator[Figure]:
    """Read Today over this many lists. All open todos with a deadline are overdue, so it must place them all."""
    cookie = {"Cookie": f"sessionid={data.SESSION}"}
    yield load(TODAY[count], side.url, seconds, path="/today", headers=cookie)
