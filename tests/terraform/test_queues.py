"""The practice queues."""

from collections.abc import Callable

import pytest

from tests.terraform.tools import Terraform


@pytest.fixture(scope="module")
def queues(terraform: Callable[[str], Terraform]) -> Terraform:
    folder = terraform("queues")
    folder.apply()
    return folder


def test_queues_are_of_two_kinds(queues: Terraform, client: Callable) -> None:
    sqs = client("sqs")
    found = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    assert sorted(found) == ["csse6400_prac", "csse6400_prac.fifo"]

    standard, fifo = (
        sqs.get_queue_attributes(QueueUrl=found[name], AttributeNames=["All"])["Attributes"]
        for name in ("csse6400_prac", "csse6400_prac.fifo")
    )
    assert queues.outputs() == {"mailbox": standard["QueueArn"], "fifo": fifo["QueueArn"]}
    assert "FifoQueue" not in standard
    assert (fifo["FifoQueue"], fifo["ContentBasedDeduplication"]) == ("true", "true")
    assert (standard["SqsManagedSseEnabled"], fifo["SqsManagedSseEnabled"]) == ("true", "true")


def test_queues_are_planned_once(queues: Terraform) -> None:
    assert queues.changes() == ""


def test_queues_are_destroyed(queues: Terraform, client: Callable) -> None:
    queues.destroy()
    assert queues.resources() == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []


@pytest.mark.parametrize("name", ["", "two words", "x" * 76, "a.fifo"])
def test_queue_names_that_sqs_refuses_are_refused_first(queues: Terraform, name: str) -> None:
    assert "Use 1 to 75 letters" in queues.refusal(name=name)
