# Wait for the policies: a role is useless without them.

output "task_arns" {
  description = "Task roles of web, worker and migration."
  value       = { for side in local.sides : side => local.made ? aws_iam_role.task[side].arn : var.existing_role_arn }
  depends_on  = [aws_iam_role_policy.queue, aws_iam_role_policy.topic]
}

output "execution_arn" {
  description = "Execution role."
  value       = local.made ? aws_iam_role.execution[0].arn : var.existing_role_arn
  depends_on  = [aws_iam_role_policy.execution]
}
