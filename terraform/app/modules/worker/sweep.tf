# Without running workers nothing sweeps: a build that must be retried, or whose message was lost, would wait for the
# next message. So if workers can scale to zero, a scheduled task runs a sweep.

resource "aws_cloudwatch_event_rule" "sweep" {
  count               = local.to_zero ? 1 : 0
  name                = "${var.name}-sweep"
  description         = "Sends again what is due, while no worker may be running"
  schedule_expression = "rate(5 minutes)"
}

resource "aws_cloudwatch_event_target" "sweep" {
  count    = local.to_zero ? 1 : 0
  rule     = aws_cloudwatch_event_rule.sweep[0].name
  arn      = var.cluster_arn
  role_arn = local.sweep_role_made ? aws_iam_role.sweep[0].arn : var.existing_role_arn
  input = jsonencode({
    containerOverrides = [{ name = "app", command = ["sweep", "--once"] }]
  })

  ecs_target {
    task_definition_arn = var.task_definition_arn
    launch_type         = "FARGATE"
    task_count          = 1
    propagate_tags      = "TASK_DEFINITION"

    network_configuration {
      subnets          = var.subnet_ids
      security_groups  = var.security_group_ids
      assign_public_ip = false
    }
  }
}

locals {
  sweep_role_made = local.to_zero && var.existing_role_arn == null
}

resource "aws_iam_role" "sweep" {
  count       = local.sweep_role_made ? 1 : 0
  name        = "${var.name}-sweep"
  description = "Starts the sweep of ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "events.amazonaws.com" }
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.sweep[0].arn } }
    }]
  })
}

resource "aws_iam_role_policy" "sweep" {
  count = local.sweep_role_made ? 1 : 0
  name  = "start-sweep"
  role  = aws_iam_role.sweep[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecs:RunTask", Resource = var.task_definition_arn },
      { Effect = "Allow", Action = "iam:PassRole", Resource = var.task_role_arns },
    ]
  })
}
