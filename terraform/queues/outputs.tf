output "mailbox" {
  description = "ARN of the standard queue."
  value       = aws_sqs_queue.standard.arn
}

output "fifo" {
  description = "ARN of the FIFO queue."
  value       = aws_sqs_queue.fifo.arn
}
