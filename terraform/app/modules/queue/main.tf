# A queue and its dead-letter queue. Losing a message is harmless: the database knows what is due, and the sweep
# sends a new message.

locals {
  fifo = endswith(var.name, ".fifo")
  # Both queues of the redrive policy must have the same type.
  dead_letter_name = "${trimsuffix(var.name, ".fifo")}-dead${local.fifo ? ".fifo" : ""}"
}

resource "aws_sqs_queue" "jobs" {
  name                        = var.name
  fifo_queue                  = local.fifo
  content_based_deduplication = local.fifo ? false : null # the broker gives each message its own deduplication id
  sqs_managed_sse_enabled     = true
  visibility_timeout_seconds  = 60 # the broker extends it during the work
  message_retention_seconds   = 86400
  receive_wait_time_seconds   = 20

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letter_name
  fifo_queue                = local.fifo
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600 # the maximum, to leave time to investigate
}

resource "aws_sqs_queue_policy" "encrypted_transport" {
  for_each  = { jobs = aws_sqs_queue.jobs, dead_letters = aws_sqs_queue.dead_letters }
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefuseUnencryptedTransport"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*" # deny all actions
      Resource  = each.value.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
