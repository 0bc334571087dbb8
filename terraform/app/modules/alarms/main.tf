# Alarms. docs/deploying.md has a section for each.

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:Messages contain no user data, CloudWatch cannot publish with AWS's own key, and a custom key costs more than all alarms
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "mail" {
  count     = var.mail == null ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.mail
}

locals {
  queue_alarms = var.queue == null ? {} : {
    dead-letters = {
      text       = "A message could not be handled"
      namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      dimensions = { QueueName = var.queue.dead_letters }
      above      = true, threshold = 0, minutes = 1
    }
    message-age = {
      text       = "Messages wait too long"
      namespace  = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum"
      dimensions = { QueueName = var.queue.name }
      above      = true, threshold = var.message_age_seconds, minutes = 5
    }
  }

  alarms = merge(local.queue_alarms, {
    server-errors = {
      text       = "The application returns 5xx responses"
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum"
      dimensions = { LoadBalancer = var.balancer }
      above      = true, threshold = 5, minutes = 5
    }
    balancer-errors = {
      text       = "No task answers the load balancer"
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum"
      dimensions = { LoadBalancer = var.balancer }
      above      = true, threshold = 5, minutes = 5
    }
    database-storage = {
      text       = "The database's disk is almost full"
      namespace  = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
      dimensions = { DBInstanceIdentifier = var.database.identifier }
      above      = false, threshold = var.database.storage_gb * pow(1024, 3) * 0.15, minutes = 5
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text}. What to do: docs/deploying.md, “${each.key}”."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.minutes * 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
