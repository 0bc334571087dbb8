import pytest

from observatory.lab import faults


@pytest.fixture(autouse=True)
def with_lab(settings: object, without_lab: None) -> None:
    """The lab is on, and this process remembers nothing of another test's experiments."""
    settings.LAB = True
    faults.forget()
