# Two queues that differ in kind alone: the first hands messages out at least once and in no promised order,
# the second exactly in order within a group, and drops a repetition of the same body for five minutes.

resource "aws_sqs_queue" "standard" {
  name                      = var.name
  sqs_managed_sse_enabled   = true
  receive_wait_time_seconds = 20 # long polling: an empty queue answers once in 20 s, not at once
}

resource "aws_sqs_queue" "fifo" {
  name                        = "${var.name}.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  sqs_managed_sse_enabled     = true
  receive_wait_time_seconds   = 20
}
