output "address" {
  description = "URL of the application."
  value       = local.address
}

output "balancer" {
  description = "DNS name of the load balancer: point host_name at it."
  value       = module.balancer.dns_name
}

output "repository_url" {
  description = "Repository URL of the image."
  value       = module.registry.url
}

output "built_image_digest" {
  description = "Digest of the image that Terraform built, with build_image."
  value       = one(data.aws_ecr_image.built[*].image_digest)
}

output "cluster" {
  description = "Cluster name."
  value       = aws_ecs_cluster.app.name
}

output "migration_task" {
  description = "Task definition of the migration; override its command to run other manage.py commands."
  value       = module.task["migration"].arn
}

output "migration_log" {
  description = "Log group of that task."
  value       = aws_cloudwatch_log_group.task["migration"].name
}

output "task_network" {
  description = "Network of one-off tasks, as value for `aws ecs run-task --network-configuration`."
  value = format("awsvpcConfiguration={subnets=[%s],securityGroups=[%s],assignPublicIp=DISABLED}",
  join(",", module.network.private_subnet_ids), module.network.security_groups["tasks"])
}

output "event_topic" {
  description = "SNS topic of the events of all lists, or null."
  value       = one(local.topic_arns)
}

output "event_queues" {
  description = "URLs of the queues that are subscribed to that topic, by name."
  value       = var.event_topic == null ? {} : module.topic[0].queue_urls
}

output "alarm_topic" {
  description = "SNS topic of the alarms."
  value       = module.alarms.topic_arn
}
