output "address" {
  description = "Where the application is."
  value       = local.address
}

output "balancer" {
  description = "The balancer's own name: point host_name at it."
  value       = module.balancer.dns_name
}

output "repository_url" {
  description = "Where the image is pushed to."
  value       = module.registry.url
}

output "cluster" {
  description = "The cluster's name."
  value       = aws_ecs_cluster.app.name
}

output "migration_task" {
  description = "The task that migrates, and with an override of its command any other command of manage.py."
  value       = module.task["migration"].arn
}

output "migration_log" {
  description = "Where that task's output goes."
  value       = aws_cloudwatch_log_group.task["migration"].name
}

output "task_network" {
  description = "Where one-off tasks run, in the form that `aws ecs run-task --network-configuration` takes."
  value = format("awsvpcConfiguration={subnets=[%s],securityGroups=[%s],assignPublicIp=DISABLED}",
  join(",", module.network.private_subnet_ids), module.network.security_groups["tasks"])
}

output "alarm_topic" {
  description = "Where alarms are announced."
  value       = module.alarms.topic_arn
}
