output "dns_name" {
  description = "DNS name."
  value       = aws_lb.app.dns_name
}

output "metric_name" {
  description = "Name in metrics."
  value       = aws_lb.app.arn_suffix
}

output "target_group_arn" {
  description = "Target group of the web tasks."
  value       = aws_lb_target_group.web.arn
  depends_on  = [aws_lb_listener.http, aws_lb_listener.https] # ECS rejects a target group without a listener
}

output "request_metric_label" {
  description = "Load balancer and target group, as label of the metric for requests per target."
  value       = "${aws_lb.app.arn_suffix}/${aws_lb_target_group.web.arn_suffix}"
}
