output "dns_name" {
  description = "The name that AWS gave it."
  value       = aws_lb.app.dns_name
}

output "metric_name" {
  description = "What it is called in metrics."
  value       = aws_lb.app.arn_suffix
}

output "target_group_arn" {
  description = "Where web tasks register."
  value       = aws_lb_target_group.web.arn
  depends_on  = [aws_lb_listener.http, aws_lb_listener.https] # ECS refuses a group that no listener uses
}

output "request_metric_label" {
  description = "Balancer and target group, as the metric of requests per target wants them."
  value       = "${aws_lb.app.arn_suffix}/${aws_lb_target_group.web.arn_suffix}"
}
