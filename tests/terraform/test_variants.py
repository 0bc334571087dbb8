"""The effects of variables; each variant is applied, not only planned."""

import json
from collections.abc import Callable

import pytest

from tests.terraform.tools import AWS, DIGEST, Terraform

# moto's services always run one task, so waiting for zero or two would never end.
NO_WAITING = 'resource "aws_ecs_service" "{side}" {{\n  wait_for_steady_state = false\n}}\n'


@pytest.fixture(scope="module")
def made(aws: AWS) -> dict[str, str]:
    """Create what an account already has: a role, a certificate and the URL of a Redis."""
    trust = {"Version": "2012-10-17", "Statement": []}
    role = aws.client("iam").create_role(RoleName="LabRole", AssumeRolePolicyDocument=json.dumps(trust))
    certificate = aws.client("acm").request_certificate(DomainName="todo.example.org")
    redis = aws.client("secretsmanager").create_secret(
        Name="redis", SecretString="rediss://:secret@10.9.0.7:6379/0"
    )
    return {
        "role": role["Role"]["Arn"],
        "certificate": certificate["CertificateArn"],
        "redis": redis["ARN"],
    }


@pytest.fixture(scope="module")
def variables(made: dict[str, str]) -> dict[str, object]:
    return {
        "image_digest": DIGEST,
        "existing_role_arn": made["role"],
        "certificate_arn": made["certificate"],
        "host_name": "todo.example.org",
        "mode": "private",
        "queue_name": "ical.fifo",
        "worker": {"min": 0},
        "web": {"min": 2},
        "highly_available": True,
        "metrics_cidr": "10.8.0.5/32",
        "event_topic": {"queues": []},
        "database_ca_file": "/app/certificates/rds.pem",
    }


@pytest.fixture(scope="module")
def app(terraform: Callable[[str], Terraform], variables: dict[str, object]) -> Terraform:
    folder = terraform("app")
    for side in ("web", "worker"):
        (folder.folder / "modules" / side / "test_override.tf").write_text(NO_WAITING.format(side=side))
    folder.apply(**variables)
    return folder


def test_database_server_is_verified_by_the_certificates_of_the_image(app: Terraform, client: Callable) -> None:
    for definition in definitions(client):
        settings = {one["name"]: one["value"] for one in definition["containerDefinitions"][0]["environment"]}
        assert settings["PGSSLMODE"] == "verify-full"
        assert settings["PGSSLROOTCERT"] == "/app/certificates/rds.pem"


def test_an_existing_role_is_the_only_one(app: Terraform, client: Callable, made: dict[str, str]) -> None:
    assert [role["RoleName"] for role in client("iam").list_roles()["Roles"]] == ["LabRole"]
    for definition in definitions(client):
        assert {definition["taskRoleArn"], definition["executionRoleArn"]} == {made["role"]}
    [target] = client("events").list_targets_by_rule(Rule="taskoverflow-sweep")["Targets"]
    assert target["RoleArn"] == made["role"]


def test_a_fifo_queue_has_fifo_dead_letters(app: Terraform, client: Callable) -> None:
    sqs = client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    assert sorted(url.rpartition("/")[2] for url in urls) == [
        "ical-dead.fifo",
        "ical-followers-dead.fifo",
        "ical-followers.fifo",
        "ical.fifo",
    ]
    for url in urls:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert (attributes["FifoQueue"], attributes["ContentBasedDeduplication"]) == ("true", "false")
    assert {settings(found)["BROKER_URL"] for found in definitions(client)} == {
        "sqs:///ical.fifo?region=us-east-1"
    }


def test_workers_wake_from_nothing_and_somebody_sweeps(app: Terraform, client: Callable) -> None:
    scaling = client("application-autoscaling")
    [target] = scaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=["service/taskoverflow/worker"]
    )["ScalableTargets"]
    assert target["MinCapacity"] == 0

    policies = {
        policy["PolicyName"]: policy
        for policy in scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    }
    wake = policies["wake"]["StepScalingPolicyConfiguration"]
    assert (wake["AdjustmentType"], wake["StepAdjustments"][0]["ScalingAdjustment"]) == ("ExactCapacity", 1)
    [alarm] = client("cloudwatch").describe_alarms(AlarmNames=["taskoverflow-wake-worker"])["MetricAlarms"]
    assert alarm["AlarmActions"] == [policies["wake"]["PolicyARN"]]
    assert {query["Id"] for query in alarm["Metrics"]} == {"asleep", "visible", "deliveries", "tasks"}

    events = client("events")
    assert events.describe_rule(Name="taskoverflow-sweep")["ScheduleExpression"] == "rate(5 minutes)"
    [sweep] = events.list_targets_by_rule(Rule="taskoverflow-sweep")["Targets"]
    [override] = json.loads(sweep["Input"])["containerOverrides"]
    assert override["command"] == ["sweep", "--once"]


def test_a_certificate_makes_it_https(app: Terraform, client: Callable, made: dict[str, str]) -> None:
    balancing = client("elbv2")
    [balancer] = balancing.describe_load_balancers()["LoadBalancers"]
    listeners = {
        listener["Port"]: listener
        for listener in balancing.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    }
    assert listeners[443]["Certificates"][0]["CertificateArn"] == made["certificate"]
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert listeners[80]["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"

    assert app.outputs()["address"] == "https://todo.example.org"
    for definition in definitions(client):
        found = settings(definition)
        assert found["PUBLIC_URL"] == "https://todo.example.org"
        assert (found["ALLOWED_HOSTS"], found["TASKOVERFLOW_MODE"]) == ("todo.example.org", "private")


def test_high_availability_is_in_two_zones(app: Terraform, client: Callable) -> None:
    [database] = client("rds").describe_db_instances()["DBInstances"]
    assert database["MultiAZ"] is True
    endpoints = client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert {len(end["SubnetIds"]) for end in endpoints if end["VpcEndpointType"] == "Interface"} == {2}


def test_a_monitor_reads_metrics_of_web_and_workers(app: Terraform, client: Callable) -> None:
    for definition in definitions(client):
        found = settings(definition)
        assert (found["METRICS_ALLOWED"], found["WORKER_METRICS_PORT"]) == ("10.8.0.5/32", "6401")
    rules = client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    found = {(rule["FromPort"], rule["IsEgress"]) for rule in rules if rule.get("CidrIpv4") == "10.8.0.5/32"}
    assert found == {(6400, False), (6401, False)}


def test_events_go_to_a_topic_that_tasks_can_reach(app: Terraform, client: Callable) -> None:
    topic = f"sns://{app.outputs()['event_topic']}"
    assert {settings(found)["EVENT_TOPIC"] for found in definitions(client)} == {topic}
    endpoints = client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert "com.amazonaws.us-east-1.sns" in {end["ServiceName"] for end in endpoints}


def test_variants_are_planned_once(app: Terraform, variables: dict[str, object]) -> None:
    assert app.changes(**variables) == ""


def test_redis_takes_the_place_of_sqs(
    app: Terraform, client: Callable, variables: dict[str, object], made: dict[str, str]
) -> None:
    redis = {"url_secret_arn": made["redis"], "cidr": "10.9.0.7/32"}
    changed = variables | {"redis": redis, "worker": {"min": 1}}
    app.apply(**changed)
    assert app.changes(**changed) == ""

    assert client("sqs").list_queues().get("QueueUrls", []) == []
    for definition in definitions(client):
        [container] = definition["containerDefinitions"]
        assert {found["name"]: found["valueFrom"] for found in container["secrets"]}["BROKER_URL"] == made["redis"]
        assert "BROKER_URL" not in settings(definition)
    rules = client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    assert [
        (rule["CidrIpv4"], rule["FromPort"]) for rule in rules if rule.get("CidrIpv4", "").startswith("10.9.")
    ] == [("10.9.0.7/32", 6379)]
    policies = client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs", ResourceId="service/taskoverflow/worker"
    )["ScalingPolicies"]
    assert [policy["PolicyName"] for policy in policies] == ["cpu"]
    alarms = {alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert not alarms & {"taskoverflow-dead-letters", "taskoverflow-message-age"}


def definitions(client: Callable) -> list[dict]:
    ecs = client("ecs")
    arns = ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    found = [ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns]
    assert len(found) == 3
    return found


def settings(definition: dict) -> dict[str, str]:
    return {setting["name"]: setting["value"] for setting in definition["containerDefinitions"][0]["environment"]}
