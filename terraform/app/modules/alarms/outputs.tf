output "topic_arn" {
  description = "Where alarms are announced."
  value       = aws_sns_topic.alarms.arn
}
