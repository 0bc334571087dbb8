output "arn" {
  description = "Task definition ARN with revision."
  value       = aws_ecs_task_definition.app.arn
}
