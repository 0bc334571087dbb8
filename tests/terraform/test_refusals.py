"""Invalid and dangerous values are rejected before anything is created."""

from collections.abc import Callable

import pytest

from tests.terraform.tools import DIGEST, Terraform

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
REDIS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redis"


@pytest.fixture(scope="module")
def app(terraform: Callable[[str], Terraform]) -> Terraform:
    return terraform("app")


# Terraform reports all invalid variables at once, so each plan tries many. It skips checks that depend on another
# invalid variable.
@pytest.mark.parametrize(
    "refused",
    [
        [
            ({"image_digest": "latest"}, "A digest is sha256:"),
            ({"name": "Too Long And Spaced"}, "Use 3 to 28 lower-case letters"),
            ({"region": "sydney"}, "A region looks like"),
            ({"images_kept": 1}, "Keep at least two"),
            ({"mode": "private"}, "passwords are encrypted in transit"),
            ({"highly_available": True}, "one task runs in one zone"),
            ({"zones": 1}, "the load balancer and the database need at least two"),
            ({"network_cidr": "10.0.0.0/24"}, "Use a /16 network such as"),
            ({"queue_name": "two words"}, "Use 1 to 60 letters"),
            ({"redis": {"url_secret_arn": REDIS, "cidr": "0.0.0.0/0"}}, "only the addresses of Redis"),
            ({"database": {"storage_gb": 200}}, "max_storage_gb greater than storage_gb"),
            ({"existing_role_arn": "LabRole"}, "Use the ARN of a role"),
            ({"log_days": 31}, "Use a retention period of CloudWatch"),
            ({"alarm_mail": "nobody"}, "Use an email address"),
            ({"event_topic": {"queues": ["two words"]}}, "Name each queue of event_topic once"),
            ({"metrics_cidr": "0.0.0.0/0"}, "Use the address range of your Prometheus server"),
        ],
        [
            ({"certificate_arn": CERTIFICATE}, "together with the host_name"),
            ({"web": {"min": 0}}, "web.min must be at least 1"),
            ({"redis": {"url_secret_arn": "redis://", "cidr": "10.0.0.7/32"}}, "is the ARN of a secret"),
            ({"database": {"backup_days": 0}}, "backup_days must be 1 to 35"),
        ],
        [
            ({"database": {"postgres_version": "14"}}, "Use major version 15 or later"),
            ({"web": {"min": 5}}, "max no less than min"),
            ({"mode": "shut"}, "mode is open or private"),
            ({"redis": {"url_secret_arn": REDIS, "cidr": "10.0.0.7/32"}, "worker": {"min": 0}}, "would wake them"),
        ],
        [
            ({"database": {"password_days": 0}}, "password_days must be 1 to 1000"),
            ({"worker": {"min": 5}}, "max 1 or more and no less than min"),
        ],
    ],
)
def test_bad_values_are_refused_with_a_sentence(app: Terraform, refused: list[tuple[dict, str]]) -> None:
    variables = {"image_digest": DIGEST} | {name: value for given, _ in refused for name, value in given.items()}
    answer = app.refusal(**variables)
    assert [sentence for _, sentence in refused if sentence not in answer] == []


def test_no_image_is_refused(app: Terraform) -> None:
    assert "image_digest is not set: run deploy.sh" in app.refusal()


def test_folders_are_formatted_and_valid(terraform: Callable[[str], Terraform]) -> None:
    for name in ("queues", "app"):
        folder = terraform(name)
        folder.run("fmt", "-check", "-recursive", "-diff")
        folder.run("validate")
