# The web tasks behind the load balancer.

resource "aws_ecs_service" "web" {
  name                               = "web"
  cluster                            = var.cluster_arn
  task_definition                    = var.task_definition_arn
  launch_type                        = "FARGATE"
  desired_count                      = var.size.min
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 60
  availability_zone_rebalancing      = "ENABLED"
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = var.security_group_ids
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_group_arn
    container_name   = "app"
    container_port   = var.port
  }

  lifecycle {
    ignore_changes = [desired_count] # managed by autoscaling
  }
}

resource "aws_appautoscaling_target" "web" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster_name}/${aws_ecs_service.web.name}"
  min_capacity       = var.size.min
  max_capacity       = var.size.max
}

locals {
  # metric => target value; the metric that needs more tasks wins.
  tracked = {
    ECSServiceAverageCPUUtilization = { target = var.size.cpu_percent, label = null }
    ALBRequestCountPerTarget        = { target = var.size.requests_per_minute, label = var.request_metric_label }
  }
}

resource "aws_appautoscaling_policy" "web" {
  for_each           = local.tracked
  name               = each.key
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.web.service_namespace
  scalable_dimension = aws_appautoscaling_target.web.scalable_dimension
  resource_id        = aws_appautoscaling_target.web.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.key
      resource_label         = each.value.label
    }
  }
}
