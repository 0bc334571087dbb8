"""moto's server with a few responses that Terraform's AWS provider needs and moto lacks.

Run it like moto's server: ``python aws_server.py -H 127.0.0.1 -p 5000``. The additions concern only AWS and
do not depend on the configuration under test.
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Scaling
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.models import EC2ContainerServiceBackend, Task, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse as ECS
from moto.secretsmanager.models import SecretsManagerBackend
from moto.server import main
from moto.sqs.models import Queue


def keep_tags_of_scalable_targets() -> None:
    """ListTagsForResource is missing. The provider retries 25 times, for minutes, and fails."""
    tags: dict[str, dict[str, str]] = {}
    register = Scaling.register_scalable_target

    def register_scalable_target(self: Scaling) -> str:
        answer = register(self)
        tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self: Scaling) -> str:
        return json.dumps({"Tags": tags.get(self._get_param("ResourceARN"), {})})

    Scaling.register_scalable_target = register_scalable_target
    Scaling.list_tags_for_resource = list_tags_for_resource


def describe_every_security_group_rule() -> None:
    """moto keeps the description of CIDR rules only, not of rules for groups and prefix lists."""
    make = SecurityGroupRule.__init__

    def __init__(self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self.prefix = kwargs.get("prefix_list_id") or next(
            (arg for arg in args if isinstance(arg, dict) and "PrefixListId" in arg), {}
        )

    def description(self: SecurityGroupRule) -> str | None:
        ends = (self.ip_range, self.source_group, self.prefix)
        return next((end["Description"] for end in ends if end and "Description" in end), None)

    SecurityGroupRule.__init__ = __init__
    SecurityGroupRule.description = property(description)


def give_redrive_policies_back_as_sent() -> None:
    """AWS returns the original text. moto reformats it with spaces, which looks like a change."""
    attributes = Queue.attributes.fget

    def compact(self: Queue) -> dict[str, Any]:
        found = attributes(self)
        if "RedrivePolicy" in found:
            found["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        return found

    Queue.attributes = property(compact)


def keep_what_services_are_created_with() -> None:
    """moto forgets two arguments of CreateService, which looks like a change."""
    create = ECS.create_service

    def create_service(self: ECS) -> ActionResult:
        answer = create(self)
        service = answer.result["service"]
        service.availability_zone_rebalancing = self._get_param("availabilityZoneRebalancing")
        service.health_check_grace_period_seconds = self._get_param("healthCheckGracePeriodSeconds")
        return answer

    ECS.create_service = create_service


def let_go_of_managed_rotation() -> None:
    """A secret managed by RDS has no rotation function, but its rotation schedule can be cancelled."""
    cancel = SecretsManagerBackend.cancel_rotate_secret

    def cancel_rotate_secret(self: SecretsManagerBackend, secret_id: str) -> str:
        secret = self.secrets[secret_id]
        return secret.to_short_dict() if secret.owning_service else cancel(self, secret_id)

    SecretsManagerBackend.cancel_rotate_secret = cancel_rotate_secret


def run_tasks_on_fargate() -> None:
    """Run tasks without EC2 instances, and delete the network interfaces of stopped tasks.

    moto looks for a machine with enough memory, and it keeps the interfaces, so the network cannot be deleted.
    """
    make = Task.__init__

    def __init__(self: Task, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        network = ec2_backends[self._account_id][self.region_name]
        for attachment in self.attachments:
            [interface] = [item["value"] for item in attachment["details"] if item["name"] == "networkInterfaceId"]
            network.delete_network_interface(interface)

    def requirements(definition: TaskDefinition) -> dict[str, Any]:
        return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}

    Task.__init__ = __init__
    EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(requirements)


if __name__ == "__main__":
    keep_tags_of_scalable_targets()
    describe_every_security_group_rule()
    give_redrive_policies_back_as_sent()
    keep_what_services_are_created_with()
    let_go_of_managed_rotation()
    run_tasks_on_fargate()
    main()
