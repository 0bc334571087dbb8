# One role per task type, with only the permissions it needs. If `existing_role_arn` is set (the course's LabRole),
# that role is used everywhere and this module creates nothing.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  made = var.existing_role_arn == null

  # Queue permissions. No task can create, change, purge or delete the queue.
  queue_actions = {
    web = ["sqs:GetQueueUrl", "sqs:SendMessage", "sqs:GetQueueAttributes"] # /machine shows how many messages wait
    worker = [
      "sqs:GetQueueUrl", "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"
    ]
  }
  sides = toset(["web", "worker", "migration"])
}

data "aws_iam_policy_document" "tasks_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

# Permissions of the code in a task.

resource "aws_iam_role" "task" {
  for_each           = local.made ? local.sides : []
  name               = "${var.name}-${each.key}"
  description        = "What the ${each.key} tasks of ${var.name} may do"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}

resource "aws_iam_role_policy" "queue" {
  for_each = local.made && length(var.queue_arns) > 0 ? local.queue_actions : {}
  name     = "queue"
  role     = aws_iam_role.task[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = each.value, Resource = var.queue_arns }]
  })
}

# Workers publish events. No task can subscribe, or read a subscriber's queue.
resource "aws_iam_role_policy" "topic" {
  count = local.made && length(var.topic_arns) > 0 ? 1 : 0
  name  = "topic"
  role  = aws_iam_role.task["worker"].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = var.topic_arns }]
  })
}

# Permissions that Fargate uses to start a task.

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # this action supports no narrower resource
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [var.repository_arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for arn in var.log_group_arns : "${arn}:log-stream:*"] # stream names are created with the tasks
  }

  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = var.secret_arns
  }
}

resource "aws_iam_role" "execution" {
  count              = local.made ? 1 : 0
  name               = "${var.name}-execution"
  description        = "Pulls the image, writes the logs and reads the secrets of ${var.name}'s tasks"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}

resource "aws_iam_role_policy" "execution" {
  count  = local.made ? 1 : 0
  name   = "start-tasks"
  role   = aws_iam_role.execution[0].id
  policy = data.aws_iam_policy_document.execution.json
}
