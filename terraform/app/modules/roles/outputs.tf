# A role is worth nothing without its policies: whoever gets the ARN waits for them too.

output "task_arns" {
  description = "By side (web, worker, migration), the role of its tasks."
  value       = { for side in local.sides : side => local.made ? aws_iam_role.task[side].arn : var.existing_role_arn }
  depends_on  = [aws_iam_role_policy.queue]
}

output "execution_arn" {
  description = "The role that starts tasks."
  value       = local.made ? aws_iam_role.execution[0].arn : var.existing_role_arn
  depends_on  = [aws_iam_role_policy.execution]
}
