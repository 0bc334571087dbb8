import dramatiq
import pytest

from background import sweep
from calendars.builds import build
from observatory.lab import faults


@pytest.fixture(autouse=True)
def with_lab(settings: object, without_lab: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab is on, here and in processes that a test starts, also where the run has the settings of a deployment."""
    settings.LAB, settings.DEPLOYED = True, False
    monkeypatch.setenv("LAB", "on")
    broker = dramatiq.get_broker()
    others = [one for one in broker.middleware if not isinstance(one, faults.Faults)]
    monkeypatch.setattr(broker, "middleware", [others[0], faults.Faults(), *others[1:]])
    monkeypatch.setattr(build, "AFTER_CLAIM", [faults.after_claim])
    monkeypatch.setattr(sweep, "FILTERS", [faults.leave_out])
    faults.forget()
