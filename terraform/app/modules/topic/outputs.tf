output "arn" {
  description = "Topic ARN."
  value       = aws_sns_topic.events.arn
  # Nothing is published before every queue takes it.
  depends_on = [aws_sns_topic_subscription.queue, aws_sqs_queue_policy.subscriber]
}

output "queue_urls" {
  description = "URLs of the subscribed queues by name."
  value       = { for name in var.queues : name => aws_sqs_queue.subscriber[name].url }
}
