output "arn" {
  description = "Topic ARN."
  value       = aws_sns_topic.events.arn
}

output "queue_urls" {
  description = "URLs of the subscribed queues by name."
  value       = { for name in var.queues : name => aws_sqs_queue.subscriber[name].url }
}
