# Two queues that differ only in type. The standard queue delivers messages at least once, in no guaranteed order. The
# FIFO queue keeps the order within a message group and drops duplicates of a body for five minutes.

resource "aws_sqs_queue" "standard" {
  name                      = var.name
  sqs_managed_sse_enabled   = true
  receive_wait_time_seconds = 20 # long polling: an empty queue answers after 20 s
}

resource "aws_sqs_queue" "fifo" {
  name                        = "${var.name}.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  sqs_managed_sse_enabled     = true
  receive_wait_time_seconds   = 20
}
