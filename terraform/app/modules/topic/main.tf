# Publish and subscribe: the workers publish each event once, and SNS copies it to every subscribed queue. A queue keeps
# its copies until its own consumer has handled them, however slow or broken the other consumers are.

locals {
  ending = var.fifo ? ".fifo" : ""
}

resource "aws_sns_topic" "events" {
  name              = "${var.name}-events${local.ending}"
  fifo_topic        = var.fifo
  kms_master_key_id = "alias/aws/sns"
  # The app gives each event an id, by which SNS drops repeats.
  content_based_deduplication = var.fifo ? false : null
}

resource "aws_sns_topic_policy" "encrypted_transport" {
  arn = aws_sns_topic.events.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefuseUnencryptedTransport"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.events.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_sqs_queue" "subscriber" {
  for_each                  = toset(var.queues)
  name                      = "${var.name}-${each.key}${local.ending}"
  fifo_queue                = var.fifo
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600 # the maximum: a consumer may be away for 14 days
  receive_wait_time_seconds = 20

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letters" {
  for_each                  = toset(var.queues)
  name                      = "${var.name}-${each.key}-dead${local.ending}"
  fifo_queue                = var.fifo
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

locals {
  refuse_unencrypted_transport = {
    Sid       = "RefuseUnencryptedTransport"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*" # deny all actions
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
}

resource "aws_sqs_queue_policy" "subscriber" {
  for_each  = aws_sqs_queue.subscriber
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      merge(local.refuse_unencrypted_transport, { Resource = each.value.arn }),
      {
        Sid       = "TakeEventsOfTheTopic"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = each.value.arn
        Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.events.arn } }
      },
    ]
  })
}

resource "aws_sqs_queue_policy" "dead_letters" {
  for_each  = aws_sqs_queue.dead_letters
  queue_url = each.value.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [merge(local.refuse_unencrypted_transport, { Resource = each.value.arn })]
  })
}

resource "aws_sns_topic_subscription" "queue" {
  for_each             = toset(var.queues)
  topic_arn            = aws_sns_topic.events.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.subscriber[each.key].arn
  raw_message_delivery = true # the event itself, without SNS's envelope
}
