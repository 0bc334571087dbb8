# Scale by backlog per task. Messages in flight count too, because a worker prefetches up to 19 messages, which are
# then invisible.

locals {
  by_backlog = var.queue_name != null
  to_zero    = local.by_backlog && var.size.min == 0

  metrics = {
    visible   = { namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.queue_name } }
    in_flight = { namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesNotVisible", dimensions = { QueueName = var.queue_name } }
    tasks = {
      namespace  = "ECS/ContainerInsights"
      name       = "RunningTaskCount"
      dimensions = { ClusterName = var.cluster_name, ServiceName = aws_ecs_service.worker.name }
    }
  }
}

resource "aws_appautoscaling_policy" "backlog" {
  count              = local.by_backlog ? 1 : 0
  name               = "backlog-per-task"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.size.backlog_per_task
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    customized_metric_specification {
      metrics {
        id          = "backlog_per_task"
        expression  = "(visible + in_flight) / IF(tasks > 0, tasks, 1)"
        return_data = true
      }

      dynamic "metrics" {
        for_each = local.metrics
        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = "Average"

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.name

              dynamic "dimensions" {
                for_each = metrics.value.dimensions
                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}

# Without SQS there is no backlog metric, so scale by CPU.
resource "aws_appautoscaling_policy" "cpu" {
  count              = local.by_backlog ? 0 : 1
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# Scale up from zero. Target tracking multiplies the number of tasks, so it cannot leave zero.

resource "aws_appautoscaling_policy" "wake" {
  count              = local.to_zero ? 1 : 0
  name               = "wake"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ExactCapacity"
    cooldown                = 60
    metric_aggregation_type = "Maximum"

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "wake" {
  count               = local.to_zero ? 1 : 0
  alarm_name          = "${var.name}-wake-worker"
  alarm_description   = "Messages wait and no worker runs. Starts a worker; no action needed."
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.wake[0].arn]

  metric_query {
    id          = "asleep"
    expression  = "IF(FILL(tasks, 0) < 1 AND FILL(visible, 0) + FILL(deliveries, 0) > 0, 1, 0)"
    label       = "Messages wait and no worker runs"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      visible    = local.metrics.visible
      deliveries = merge(local.metrics.visible, { dimensions = { QueueName = var.follower_queue_name } })
      tasks      = local.metrics.tasks
    }
    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        period      = 60
        stat        = "Average"
      }
    }
  }
}
