"""Values that would fail late, or be regretted, are refused before anything is made."""

from collections.abc import Callable

import pytest

from tests.terraform.tools import DIGEST, Terraform

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
REDIS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redis"


@pytest.fixture(scope="module")
def app(terraform: Callable[[str], Terraform]) -> Terraform:
    return terraform("app")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "No image was named: run deploy.sh"),
        ({"image_digest": "latest"}, "A digest is sha256:"),
        ({"name": "Too Long And Spaced"}, "3 to 28 lower-case letters"),
        ({"region": "sydney"}, "A region looks like"),
        ({"images_kept": 1}, "Keep two at least"),
        ({"mode": "private"}, "passwords do not travel in the clear"),
        ({"mode": "shut"}, "open or private"),
        ({"certificate_arn": CERTIFICATE}, "together with the host_name"),
        ({"highly_available": True}, "one task lives in one zone"),
        ({"zones": 1}, "balancer and database want two"),
        ({"network_cidr": "10.0.0.0/24"}, "A network such as"),
        ({"queue_name": "two words"}, "1 to 70 letters"),
        ({"web": {"min": 0}}, "At least one web task"),
        ({"worker": {"min": 5}}, "max 1 or more and no less than min"),
        ({"redis": {"url_secret_arn": REDIS, "cidr": "0.0.0.0/0"}}, "not everybody's"),
        ({"redis": {"url_secret_arn": "redis://", "cidr": "10.0.0.7/32"}}, "is the ARN of a secret"),
        (
            {"redis": {"url_secret_arn": REDIS, "cidr": "10.0.0.7/32"}, "worker": {"min": 0}},
            "nothing else would wake",
        ),
        ({"database": {"storage_gb": 200}}, "max_storage_gb above it"),
        ({"database": {"backup_days": 0}}, "backup_days is 1 to 35"),
        ({"database": {"postgres_version": "14"}}, "A major version from 15 on"),
        ({"existing_role_arn": "LabRole"}, "The ARN of a role"),
        ({"log_days": 31}, "One of the periods that CloudWatch has"),
        ({"alarm_mail": "nobody"}, "A mail address"),
    ],
)
def test_bad_values_are_refused_with_a_sentence(
    app: Terraform, variables: dict[str, object], sentence: str
) -> None:
    digest = {} if variables == {} else {"image_digest": DIGEST}
    assert sentence in app.refusal(**digest | variables)


def test_folders_are_formatted_and_valid(terraform: Callable[[str], Terraform]) -> None:
    for name in ("queues", "app"):
        folder = terraform(name)
        folder.run("fmt", "-check", "-recursive", "-diff")
        folder.run("validate")
