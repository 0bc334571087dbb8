"""The whole system: applied, inspected, planned again and destroyed."""

import json
import re
from collections.abc import Callable

import pytest

from tests.terraform.tools import AWS, DIGEST, Terraform, granted

EVERYBODY = {"0.0.0.0/0", "::/0"}

# Queue permissions of each task type.
SENDING = {"sqs:GetQueueUrl", "sqs:SendMessage"}
WATCHING = {"sqs:GetQueueAttributes"}  # the machine's page says how many messages wait
RECEIVING = SENDING | {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}

# Wildcards that AWS requires; each is explained where it is used.
STARS = {
    ("ecr:GetAuthorizationToken", "*"),
    ("logs:CreateLogStream", "log-stream:*"),
    ("logs:PutLogEvents", "log-stream:*"),
}


@pytest.fixture(scope="module")
def app(terraform: Callable[[str], Terraform]) -> Terraform:
    folder = terraform("app")
    folder.apply(image_digest=DIGEST, alarm_mail="operator@example.org")
    return folder


def test_registry_scans_and_forgets(app: Terraform, client: Callable) -> None:
    ecr = client("ecr")
    [repository] = ecr.describe_repositories()["repositories"]
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["encryptionConfiguration"]["encryptionType"] == "KMS"
    policy = json.loads(ecr.get_lifecycle_policy(repositoryName="taskoverflow")["lifecyclePolicyText"])
    assert policy["rules"][0]["selection"]["countNumber"] == 20


def test_queue_is_encrypted_and_gives_up_to_dead_letters(app: Terraform, client: Callable) -> None:
    sqs = client("sqs")
    queues = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    found = {
        name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for name, url in queues.items()
    }
    assert sorted(found) == ["ical", "ical-dead", "ical-followers", "ical-followers-dead"]
    for name in ("ical", "ical-followers"):
        assert json.loads(found[name]["RedrivePolicy"]) == {
            "deadLetterTargetArn": found[f"{name}-dead"]["QueueArn"],
            "maxReceiveCount": 5,
        }
    for attributes in found.values():
        assert attributes["SqsManagedSseEnabled"] == "true"
        assert json.loads(attributes["Policy"])["Statement"] == [
            {
                "Sid": "RefuseUnencryptedTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": attributes["QueueArn"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]


def test_database_is_encrypted_private_and_backed_up(app: Terraform, client: Callable) -> None:
    [database] = client("rds").describe_db_instances()["DBInstances"]
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["BackupRetentionPeriod"] == 7
    assert database["DeletionProtection"] is True
    assert database["Engine"] == "postgres"
    assert database["EngineVersion"].startswith("17")

    subnets = {subnet["SubnetIdentifier"] for subnet in database["DBSubnetGroup"]["Subnets"]}
    tables = client("ec2").describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [*subnets]}])
    routes = [route for table in tables["RouteTables"] for route in table["Routes"]]
    assert len(subnets) == 2
    assert routes
    assert not [route for route in routes if route.get("DestinationCidrBlock") in EVERYBODY]


def test_password_is_nowhere_but_in_its_secret(app: Terraform, client: Callable) -> None:
    secrets, ecs = client("secretsmanager"), client("ecs")
    [database] = client("rds").describe_db_instances()["DBInstances"]
    arn = database["MasterUserSecret"]["SecretArn"]
    password = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"]
    keys = [found for found in secrets.list_secrets()["SecretList"] if "secret-key" in found["Name"]]
    key = secrets.get_secret_value(SecretId=keys[0]["ARN"])["SecretString"]
    assert (len(keys), len(key)) == (1, 64)

    families = ecs.list_task_definitions()["taskDefinitionArns"]
    definitions = [ecs.describe_task_definition(taskDefinition=name)["taskDefinition"] for name in families]
    assert len(definitions) == 3
    for definition in definitions:
        [container] = definition["containerDefinitions"]
        handed = {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
        assert handed == {"TASKOVERFLOW_SECRET_KEY": keys[0]["ARN"], "DATABASE_PASSWORD": f"{arn}:password::"}
        assert not {setting["name"] for setting in container["environment"]} & {*handed, "DATABASE_URL"}

    outputs = app.run("output", "-json")
    for secret in (password, key):
        assert secret not in app.state()
        assert secret not in outputs
        assert secret not in json.dumps(definitions, default=str)


def test_tasks_run_one_image_read_only(app: Terraform, client: Callable) -> None:
    ecs = client("ecs")
    commands = {}
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        [container] = definition["containerDefinitions"]
        commands[definition["family"]] = container["command"][0]
        assert container["image"].endswith(f"/taskoverflow@{DIGEST}")
        assert container["readonlyRootFilesystem"] is True
        assert container["logConfiguration"]["options"]["awslogs-group"].startswith("/taskoverflow/")
        settings = {setting["name"]: setting["value"] for setting in container["environment"]}
        assert settings["BROKER_URL"] == "sqs:///ical?region=us-east-1"
        assert settings["PUBLIC_URL"] == app.outputs()["address"] == f"http://{settings['ALLOWED_HOSTS']}"
        assert settings["PGSSLMODE"] == "require"
        assert settings["MAX_WEBHOOKS"] == "0"
        subnets = client("ec2").describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["*-public-*"]}])[
            "Subnets"
        ]
        assert set(settings["TRUSTED_PROXIES"].split(",")) == {subnet["CidrBlock"] for subnet in subnets}
        assert not settings.keys() & {"EVENT_TOPIC", "METRICS_ALLOWED", "WORKER_METRICS_PORT"}
    assert commands == {
        "taskoverflow-web": "serve",
        "taskoverflow-worker": "rundramatiq",
        "taskoverflow-migration": "migrate",
    }


def test_a_worker_that_cannot_reach_its_database_is_replaced(app: Terraform, client: Callable) -> None:
    found = client("ecs").describe_task_definition(taskDefinition="taskoverflow-worker")["taskDefinition"]
    [container] = found["containerDefinitions"]
    assert container["healthCheck"]["command"] == ["CMD", "python", "manage.py", "heartbeat"]


def test_only_the_balancer_is_open_to_the_world(app: Terraform, client: Callable) -> None:
    ec2 = client("ec2")
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["taskoverflow"]}])["Vpcs"]
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["SecurityGroups"]
    names = {group["GroupId"]: group["GroupName"] for group in groups}

    flows = set()
    for group in groups:
        for way, permissions in (("in", group["IpPermissions"]), ("out", group["IpPermissionsEgress"])):
            for permission in permissions:
                ends = [names[pair["GroupId"]] for pair in permission["UserIdGroupPairs"]]
                ends += [block["CidrIp"] for block in permission["IpRanges"]]
                ends += [block["CidrIpv6"] for block in permission["Ipv6Ranges"]]
                ends += ["S3" for _ in permission["PrefixListIds"]]
                flows |= {(group["GroupName"], way, permission["FromPort"], end) for end in ends}

    assert flows == {
        ("taskoverflow-balancer", "in", 80, "0.0.0.0/0"),
        ("taskoverflow-balancer", "out", 6400, "taskoverflow-web"),
        ("taskoverflow-web", "in", 6400, "taskoverflow-balancer"),
        ("taskoverflow-tasks", "out", 5432, "taskoverflow-database"),
        ("taskoverflow-database", "in", 5432, "taskoverflow-tasks"),
        ("taskoverflow-tasks", "out", 443, "taskoverflow-endpoints"),
        ("taskoverflow-endpoints", "in", 443, "taskoverflow-tasks"),
        ("taskoverflow-tasks", "out", 443, "S3"),
    }
    [database] = client("rds").describe_db_instances()["DBInstances"]
    assert [names[found["VpcSecurityGroupId"]] for found in database["VpcSecurityGroups"]] == [
        "taskoverflow-database"
    ]


def test_services_stand_where_they_should(app: Terraform, client: Callable) -> None:
    ecs, ec2, balancing = client("ecs"), client("ec2"), client("elbv2")
    services = ecs.describe_services(cluster="taskoverflow", services=["web", "worker"])["services"]
    networks = {found["serviceName"]: found["networkConfiguration"]["awsvpcConfiguration"] for found in services}
    groups = {group["GroupId"]: group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]}
    assert {
        name: {groups[group] for group in network["securityGroups"]} for name, network in networks.items()
    } == {
        "web": {"taskoverflow-tasks", "taskoverflow-web"},
        "worker": {"taskoverflow-tasks"},
    }
    assert {network["assignPublicIp"] for network in networks.values()} == {"DISABLED"}

    [target] = balancing.describe_target_groups()["TargetGroups"]
    assert target["HealthCheckPath"] == "/api/v1/ready?without=worker,broker"
    assert (target["TargetType"], target["Port"]) == ("ip", 6400)
    [listener] = balancing.describe_listeners(
        LoadBalancerArn=balancing.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    )["Listeners"]
    assert (listener["Port"], listener["DefaultActions"][0]["Type"]) == (80, "forward")


def test_roles_may_do_what_their_side_does(app: Terraform, client: Callable) -> None:
    rights = granted(client("iam"))
    sqs = client("sqs")
    for queue in ("ical", "ical-followers"):
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        on_queue = {
            side: {action for action, resource in found if resource == arn} for side, found in rights.items()
        }
        assert on_queue == {
            "taskoverflow-web": SENDING | WATCHING,
            "taskoverflow-worker": RECEIVING,
            "taskoverflow-migration": set(),
            "taskoverflow-execution": set(),
        }
    assert {len(rights[f"taskoverflow-{side}"]) for side in ("web", "worker")} == {6, 10}  # and nothing else

    stars = {pair for found in rights.values() for pair in found if "*" in "".join(pair)}
    assert {(action, re.sub(r".*:(log-stream:\*)", r"\1", resource)) for action, resource in stars} == STARS


def test_services_scale_by_what_they_carry(app: Terraform, client: Callable) -> None:
    scaling = client("application-autoscaling")
    targets = {
        target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"])
        for target in scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    }
    assert targets == {"service/taskoverflow/web": (1, 4), "service/taskoverflow/worker": (1, 4)}

    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    tracked = {policy["PolicyName"]: policy["TargetTrackingScalingPolicyConfiguration"] for policy in policies}
    assert sorted(tracked) == ["ALBRequestCountPerTarget", "ECSServiceAverageCPUUtilization", "backlog-per-task"]

    metrics = {
        metric["Id"]: metric for metric in tracked["backlog-per-task"]["CustomizedMetricSpecification"]["Metrics"]
    }
    assert metrics.pop("backlog_per_task")["Expression"] == "(visible + in_flight) / IF(tasks > 0, tasks, 1)"
    assert {name: metric["MetricStat"]["Metric"]["MetricName"] for name, metric in metrics.items()} == {
        "visible": "ApproximateNumberOfMessagesVisible",
        "in_flight": "ApproximateNumberOfMessagesNotVisible",
        "tasks": "RunningTaskCount",
    }


def test_alarms_reach_somebody(app: Terraform, client: Callable) -> None:
    alarms = client("cloudwatch").describe_alarms(AlarmNamePrefix="taskoverflow-")["MetricAlarms"]
    topic = app.outputs()["alarm_topic"]
    assert {alarm["AlarmName"]: alarm["MetricName"] for alarm in alarms} == {
        "taskoverflow-dead-letters": "ApproximateNumberOfMessagesVisible",
        "taskoverflow-message-age": "ApproximateAgeOfOldestMessage",
        "taskoverflow-server-errors": "HTTPCode_Target_5XX_Count",
        "taskoverflow-balancer-errors": "HTTPCode_ELB_5XX_Count",
        "taskoverflow-database-storage": "FreeStorageSpace",
    }
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms} == {(topic,)}
    [subscription] = client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "operator@example.org")


def test_logs_have_an_end(app: Terraform, client: Callable) -> None:
    groups = client("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == {
        "/taskoverflow/web": 30,
        "/taskoverflow/worker": 30,
        "/taskoverflow/migration": 30,
        "/aws/rds/instance/taskoverflow/postgresql": 30,
        "/aws/rds/instance/taskoverflow/upgrade": 30,
    }


def test_app_is_planned_once(app: Terraform) -> None:
    assert app.changes(image_digest=DIGEST, alarm_mail="operator@example.org") == ""


def test_app_is_destroyed_to_the_last(app: Terraform, aws: AWS) -> None:
    app.apply(image_digest=DIGEST, protect_data=False)
    app.destroy(image_digest=DIGEST, protect_data=False)
    assert app.resources() == []
    assert left_over(aws.client) == {}


def left_over(client: Callable) -> dict[str, object]:
    """Return remaining resources that cost money or would block another deployment."""
    ec2, ecs = client("ec2"), client("ecs")
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"] or ["none"])["clusters"]
    mine = [{"Name": "tag:Project", "Values": ["taskoverflow"]}]
    found = {
        "repositories": client("ecr").describe_repositories()["repositories"],
        "queues": client("sqs").list_queues().get("QueueUrls"),
        "databases": client("rds").describe_db_instances()["DBInstances"],
        "snapshots": client("rds").describe_db_snapshots()["DBSnapshots"],
        "secrets": client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"],
        "balancers": client("elbv2").describe_load_balancers()["LoadBalancers"],
        "target groups": client("elbv2").describe_target_groups()["TargetGroups"],
        "clusters": [cluster for cluster in clusters if cluster["status"] == "ACTIVE"],
        "definitions": ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"],
        "roles": client("iam").list_roles()["Roles"],
        "log groups": client("logs").describe_log_groups()["logGroups"],
        "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
        "topics": client("sns").list_topics()["Topics"],
        "networks": ec2.describe_vpcs(Filters=mine)["Vpcs"],
        "groups": ec2.describe_security_groups(Filters=mine)["SecurityGroups"],
        "scaling": client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
            "ScalableTargets"
        ],
    }
    return {name: what for name, what in found.items() if what}
