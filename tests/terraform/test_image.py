"""The image that Terraform builds and pushes. A script that pushes to moto replaces Docker."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terraform.test_deploy import CHANGE, Checkout
from tests.terraform.tools import AWS, ROOT, Terraform

BUILD = {"build_image": True}
TARGET = "-target=data.aws_ecr_image.built"


@pytest.fixture
def checkout(aws: AWS, terraform_config: Path, tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path, aws, terraform_config)
    checkout.calls.write_text("")
    return checkout


def test_terraform_builds_and_pushes_what_has_changed(checkout: Checkout, client: Callable) -> None:
    terraform = Terraform(checkout.folder / "terraform" / "app", checkout.environment)
    for builds in (1, 1, 2):
        if builds == 2:
            with (checkout.folder / "manage.py").open("a") as source:
                source.write(CHANGE)
        terraform.apply(TARGET, **BUILD)
        assert (checkout.called("docker build"), checkout.called("docker push")) == (builds, builds)
        images = client("ecr").describe_images(repositoryName="taskoverflow")["imageDetails"]
        assert len(images) == builds
        digest = terraform.outputs()["built_image_digest"]
        assert digest in {image["imageDigest"] for image in images}
    # An image that is in the registry is not pushed again, whatever the state says.
    terraform.run("state", "rm", "terraform_data.image")
    terraform.apply(TARGET, **BUILD)
    assert terraform.outputs()["built_image_digest"] == digest
    assert checkout.called("docker push") == 2


def test_hash_of_the_source_knows_every_folder_of_the_image() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    folders = {path.split("/")[0] for path in listed.splitlines() if "/" in path and not path.startswith(".")}
    block = re.search(r"source_folders = \[(.*?)\]", (ROOT / "terraform/app/image.tf").read_text(), re.DOTALL)
    assert set(re.findall(r'"(\w+)"', block[1])) == folders - set(ignored)
