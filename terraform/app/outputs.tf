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

output "migration" {
  description = "How to run one-off tasks: migrations, and any other manage.py command by an override."
  value = {
    task_definition = module.task["migration"].arn
    subnets         = module.network.private_subnet_ids
    security_groups = [module.network.security_groups["tasks"]]
    log_group       = aws_cloudwatch_log_group.task["migration"].name
  }
}

output "alarm_topic" {
  description = "Where alarms are announced."
  value       = module.alarms.topic_arn
}
