"""deploy.sh, from an empty account to an empty account. A script that pushes to moto replaces Docker."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terraform.tools import AWS, LIMIT_SECONDS, ROOT

# Builds nothing. A push puts a manifest into moto's registry, as Docker would.
DOCKER = """#!/bin/sh
echo "docker $*" >>"$CALLS"
case $1 in
  info) exit "${DOCKER_DOWN:-0}" ;;
  login) cat >/dev/null ;;
  push)
    image=${2##*/}
    type=application/vnd.docker.distribution.manifest.v2+json
    manifest='{"schemaVersion": 2, "mediaType": "'$type'", "layers": [{"digest": "'$image'"}]}'
    aws ecr put-image --repository-name "${image%%:*}" --image-tag "${image##*:}" \\
      --image-manifest "$manifest" >/dev/null ;;
esac
"""

# The real command, except for the migration's exit code if a test sets it.
AWS_CLI = """#!/bin/sh
echo "aws $1 $2" >>"$CALLS"
case "$*" in *exitCode*) [ -z "$EXIT_CODE" ] || { echo "$EXIT_CODE"; exit; } ;; esac
exec "$REAL_AWS" "$@"
"""

CHANGE = "# a line more\n"


class Checkout:
    """A copy of the project in its own git repository, with replacements of external tools on its PATH."""

    def __init__(self, folder: Path, aws: AWS, config: Path) -> None:
        real = shutil.which("aws")
        if not real:
            pytest.fail("The AWS command line is not here: install awscli.", pytrace=False)
        self.folder = folder / "checkout"
        self.calls = folder / "calls"
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
        shutil.copytree(ROOT / "terraform", self.folder / "terraform", ignore=ignored)
        shutil.copy(ROOT / ".dockerignore", self.folder)
        (self.folder / "manage.py").write_text("# what the image holds\n")
        subprocess.run(["git", "init", "-q", self.folder], check=True)

        self.bin = folder / "bin"
        self.bin.mkdir()
        for name, script in (("docker", DOCKER), ("aws", AWS_CLI)):
            (self.bin / name).write_text(script)
            (self.bin / name).chmod(0o755)
        self.environment = aws.environment() | {
            "TF_CLI_CONFIG_FILE": str(config),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "CALLS": str(self.calls),
            "REAL_AWS": real,
        }

    def deploy(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        return subprocess.run(
            [self.folder / "terraform" / "deploy.sh", *options],
            env=self.environment | variables,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=2 * LIMIT_SECONDS,
        )

    def called(self, command: str) -> int:
        return sum(line.startswith(command) for line in self.calls.read_text().splitlines())


@pytest.fixture(scope="module")
def checkout(aws: AWS, terraform_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("deploy"), aws, terraform_config)


def test_dry_run_makes_nothing(checkout: Checkout, client: Callable) -> None:
    done = checkout.deploy("--dry-run")
    assert done.returncode == 0, done.stderr
    assert "+ docker build --platform linux/amd64" in done.stdout
    assert "+ aws ecs run-task" in done.stdout
    assert (checkout.called("docker build"), checkout.called("docker push")) == (0, 0)
    assert client("ecr").describe_repositories()["repositories"] == []


def test_deploy_brings_everything_up(checkout: Checkout, client: Callable) -> None:
    done = checkout.deploy("--yes")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert (checkout.called("docker build"), checkout.called("docker push")) == (1, 1)
    assert checkout.called("aws ecs run-task") == 1
    steps = [line for line in done.stdout.splitlines() if line.startswith("== ")]
    begun = ["Registry", "Build", "Image", "Everything", "Migration", "Workers,"]
    assert [step.split()[1] for step in steps[:-1]] == begun
    assert steps[-1].startswith("== http://taskoverflow")
    # Workers are stable before the web tasks change.
    worker, web = (
        "module.worker.aws_ecs_service.worker: Creation complete",
        "module.web.aws_ecs_service.web: Creating",
    )
    assert 0 < done.stdout.index(worker) < done.stdout.index(web)

    [image] = client("ecr").describe_images(repositoryName="taskoverflow")["imageDetails"]
    assert running(client) == {image["imageDigest"]}


def test_deploy_again_changes_nothing(checkout: Checkout) -> None:
    done = checkout.deploy("--yes")
    assert done.returncode == 0, done.stderr
    assert "== Nothing to change" in done.stdout
    assert (checkout.called("docker build"), checkout.called("aws ecs run-task")) == (0, 0)


def test_a_failed_migration_leaves_the_services_alone(checkout: Checkout, client: Callable) -> None:
    before = running(client)
    with (checkout.folder / "manage.py").open("a") as source:
        source.write(CHANGE)
    done = checkout.deploy("--yes", EXIT_CODE="1")
    assert done.returncode == 1, done.stdout[-3000:]
    assert "the migration failed with exit code 1; the services are unchanged." in done.stderr
    assert checkout.called("docker build") == 1
    assert running(client) == before


def test_the_next_deploy_goes_on_from_there(checkout: Checkout, client: Callable) -> None:
    before = running(client)
    done = checkout.deploy("--yes")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert (checkout.called("docker build"), checkout.called("aws ecs run-task")) == (0, 1)
    assert len(running(client)) == 1
    assert not running(client) & before


def test_destroy_leaves_nothing(checkout: Checkout, client: Callable) -> None:
    done = checkout.deploy("--destroy", "--yes")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert client("rds").describe_db_instances()["DBInstances"] == []
    assert client("ecr").describe_repositories()["repositories"] == []
    assert client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"] == []
    assert client("ec2").describe_vpcs(Filters=[{"Name": "tag:Project", "Values": ["taskoverflow"]}])["Vpcs"] == []


@pytest.mark.parametrize(
    ("options", "variables", "sentence"),
    [
        (["--now"], {}, "unknown option --now; --help lists all options."),
        (["--digest", "latest"], {}, "--digest takes sha256: and 64 hexadecimal digits."),
        ([], {}, "no terminal to ask for confirmation: add --yes."),
        (["--yes"], {"DOCKER_DOWN": "1"}, "Docker is not running: start it."),
        (
            ["--yes"],
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            "AWS rejected your credentials: run 'aws configure'",
        ),
    ],
)
def test_deploy_fails_early(
    checkout: Checkout, options: list[str], variables: dict[str, str], sentence: str
) -> None:
    done = checkout.deploy(*options, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"deploy.sh: {sentence}")


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("terraform", "Terraform not found: install terraform 1.11 or later."),
        ("aws", "AWS command line not found: install awscli."),
        ("git", "git not found: the image tag is computed with git."),
        ("docker", "Docker not found: install it, or deploy an existing image with --digest."),
    ],
)
def test_deploy_says_what_is_missing(checkout: Checkout, tmp_path: Path, missing: str, sentence: str) -> None:
    tools = {"bash", "dirname", "env", "sh", "terraform", "git"} - {missing}
    for name in tools:
        (tmp_path / name).symlink_to(shutil.which(name))
    for name in {"aws", "docker"} - {missing}:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    done = checkout.deploy("--yes", PATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"deploy.sh: {sentence}\n")


def test_deploy_says_how_it_is_used(checkout: Checkout) -> None:
    done = checkout.deploy("--help")
    assert done.returncode == 0
    assert "--digest D" in done.stdout
    assert os.stat(ROOT / "terraform" / "deploy.sh").st_mode & stat.S_IXUSR


def running(client: Callable) -> set[str]:
    """Return the image digests of the two services."""
    ecs = client("ecs")
    services = ecs.describe_services(cluster="taskoverflow", services=["web", "worker"])["services"]
    definitions = [ecs.describe_task_definition(taskDefinition=found["taskDefinition"]) for found in services]
    images = [found["taskDefinition"]["containerDefinitions"][0]["image"] for found in definitions]
    return {image.rpartition("@")[2] for image in images}
