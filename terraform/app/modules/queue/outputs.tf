output "name" {
  description = "Queue name."
  value       = aws_sqs_queue.jobs.name
}

output "arn" {
  description = "Queue ARN."
  value       = aws_sqs_queue.jobs.arn
}

output "dead_letters_name" {
  description = "Name of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.name
}
