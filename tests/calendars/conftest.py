"""Fixtures for tests of builds: the time, the messages, the middle of a build."""

from collections.abc import Callable, Iterator

import dramatiq
import pytest
from icalendar.parser import Contentline

from tests.database.clock import DatabaseClock, database_clock

LONG_TITLE = "a title so long that its line has to be folded, which is done in the middle of a build"


class Clock:
    """The database's clock, in seconds."""

    def __init__(self, database: DatabaseClock) -> None:
        self._database = database

    @property
    def seconds(self) -> float:
        return self._database.now / 1000

    @seconds.setter
    def seconds(self, value: float) -> None:
        self._database.now = round(value * 1000)


@pytest.fixture
def clock(db: None) -> Iterator[Clock]:
    with database_clock() as clock:
        yield Clock(clock)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calendars that messages went out for."""
    ids: list[str] = []
    monkeypatch.setattr(dramatiq.get_broker(), "enqueue", lambda message, **kwargs: ids.append(message.args[0]))
    return ids


@pytest.fixture
def while_building(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """`while_building(action)` has it done once, when a build has read the list and renders a LONG_TITLE."""

    def arrange(action: Callable[[], None]) -> None:
        actions, fold = [action], Contentline.to_ical

        def fold_after_action(line: Contentline) -> bytes:
            if actions:
                actions.pop()()
            return fold(line)

        monkeypatch.setattr(Contentline, "to_ical", fold_after_action)

    return arrange
