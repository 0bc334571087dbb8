output "name" {
  description = "The queue's name."
  value       = aws_sqs_queue.jobs.name
}

output "arn" {
  description = "The queue's ARN."
  value       = aws_sqs_queue.jobs.arn
}

output "dead_letters_name" {
  description = "The name of the queue for dead letters."
  value       = aws_sqs_queue.dead_letters.name
}
