output "arn" {
  description = "The task definition, with its revision."
  value       = aws_ecs_task_definition.app.arn
}
