"""Terraform with moto's server, and the provider from this machine or the registry."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.processes import Process, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
REGION = "us-east-1"
DIGEST = "sha256:" + "0" * 64
PROVIDER = "registry.terraform.io/hashicorp/aws"

#: An apply waits for AWS as moto plays it, mostly asleep: the whole system takes about two minutes.
LIMIT_SECONDS = 420


class AWS(Process):
    """moto's server, whose ECS services run one task each."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.recording = folder / "recording"

    def command(self) -> list[str]:
        server = Path(__file__).with_name("aws_server.py")
        return [sys.executable, str(server), "--host", "127.0.0.1", "--port", str(self.port)]

    def environment(self) -> dict[str, str]:
        """Environment variables for the server and its clients. Every AWS client reads them."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        return ours | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_ECS_SERVICE_RUNNING": "1",
            "MOTO_RECORDER_FILEPATH": str(self.recording),
        }

    def check(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()

    def client(self, service: str) -> boto3.client:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        retries = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, config=retries, **keys)

    def call(self, path: str) -> bytes:
        """Call moto's own API, such as `recorder/start-recording`."""
        request = urllib.request.Request(f"{self.url}/moto-api/{path}", method="POST", data=b"")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()


class Terraform:
    """Terraform in one folder. Failures raise an error with Terraform's output."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.run("init", "-input=false")

    def apply(self, *options: str, **variables: object) -> None:
        self.run("apply", "-input=false", "-auto-approve", *options, *arguments(variables))

    def destroy(self, **variables: object) -> None:
        self.run("destroy", "-input=false", "-auto-approve", *arguments(variables))

    def changes(self, **variables: object) -> str:
        """Return the changes of a plan, or an empty string."""
        plan = self.call("plan", "-input=false", "-detailed-exitcode", *arguments(variables))
        if plan.returncode == 1:
            raise AssertionError(plan.stderr)
        return plan.stdout if plan.returncode == 2 else ""

    def refusal(self, **variables: object) -> str:
        """Return the error of a plan. Fails the test if the plan succeeds."""
        plan = self.call("plan", "-input=false", *arguments(variables))
        assert plan.returncode == 1, f"planned with {variables}:\n{plan.stdout}"
        return " ".join(plan.stderr.replace("│", " ").split())

    def outputs(self) -> dict[str, object]:
        return {name: found["value"] for name, found in json.loads(self.run("output", "-json")).items()}

    def state(self) -> str:
        return (self.folder / "terraform.tfstate").read_text()

    def resources(self) -> list[str]:
        return [found["type"] for found in json.loads(self.state())["resources"]]

    def run(self, *command: str) -> str:
        done = self.call(*command)
        assert done.returncode == 0, f"terraform {command[0]}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def call(self, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [executable(), verb, *options, "-no-color"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, capture_output=True, timeout=LIMIT_SECONDS
        )


def granted(iam: object) -> dict[str, set[tuple[str, str]]]:
    """Return the allowed pairs of action and resource, by role."""
    found: dict[str, set[tuple[str, str]]] = {}
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        found[name] = set()
        assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                assert statement["Effect"] == "Allow"
                found[name] |= {
                    (action, resource)
                    for action in listed(statement["Action"])
                    for resource in listed(statement["Resource"])
                }
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def executable() -> str:
    found = shutil.which("terraform")
    if not found:
        pytest.fail("Terraform not found: install terraform 1.11 or later and put it on the PATH.", pytrace=False)
    return found


def arguments(variables: dict[str, object]) -> list[str]:
    return [
        f"-var={name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in variables.items()
    ]


def cli_config(folder: Path) -> Path:
    """Write a CLI configuration that uses a local provider, or otherwise the registry."""
    config = folder / "terraformrc"
    if mirror := local_mirror():
        config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        return config
    try:
        urllib.request.urlopen("https://registry.terraform.io/.well-known/terraform.json", timeout=10).close()
    except OSError:
        pytest.fail(
            f"Neither the provider {PROVIDER} 5.100.0 nor the registry is here: put the provider into a "
            "folder as `terraform providers mirror` lays it out, and name that in TF_PLUGIN_MIRROR.",
            pytrace=False,
        )
    config.write_text("")
    return config


def local_mirror() -> Path | None:
    """Return TF_PLUGIN_MIRROR, Terraform's implied mirror directories, and common locations.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    home, data = Path.home(), os.environ.get("XDG_DATA_HOME")
    named = [os.environ.get("TF_PLUGIN_MIRROR"), data and f"{data}/terraform/plugins"]
    usual = [
        home / ".terraform.d/plugins",
        home / ".local/share/terraform/plugins",
        home / "Library/Application Support/io.terraform/plugins",
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
    ]
    elsewhere = [path.parents[2] for path in Path("/opt").glob(f"**/{PROVIDER}") if path.is_dir()]
    candidates = [Path(path) for path in [*named, *usual, *elsewhere] if path]
    return next((path for path in candidates if (path / PROVIDER).is_dir()), None)
