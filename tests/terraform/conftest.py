"""A fake AWS account, and Terraform to apply to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from tests.processes import running
from tests.terraform.tools import AWS, ROOT, Terraform, cli_config


@pytest.fixture(scope="session")
def static_files() -> None:
    """Skip collecting static files: no page is rendered here, and parallel runs would share a folder."""


@pytest.fixture(scope="session")
def terraform_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cli_config(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    """A new, empty account."""
    with running(AWS) as server:
        yield server


@pytest.fixture(scope="module")
def client(aws: AWS) -> Callable[[str], boto3.client]:
    return aws.client


@pytest.fixture(scope="module")
def terraform(
    aws: AWS, terraform_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Terraform]:
    """`terraform("app")` runs Terraform in a copy of that folder, so that no state is left in the project."""
    copy = tmp_path_factory.mktemp("terraform") / "terraform"
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars", "credentials")
    shutil.copytree(ROOT / "terraform", copy, ignore=ignored)

    def folder(name: str) -> Terraform:
        return Terraform(copy / name, aws.environment() | {"TF_CLI_CONFIG_FILE": str(terraform_config)})

    return folder
