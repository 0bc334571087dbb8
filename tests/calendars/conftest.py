"""What tests of builds look at and interfere with: the time, the messages, the middle of a build."""

from collections.abc import Callable

import dramatiq
import pytest
from icalendar.parser import Contentline

from calendars import models

LONG_TITLE = "a title so long that its line has to be folded, which is done in the middle of a build"


class Clock:
    """The time as calendars see it."""

    seconds = 1_000_000

    def time_ns(self) -> int:
        return self.seconds * 1_000_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(models, "time", clock)
    return clock


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
