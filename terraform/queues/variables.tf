variable "region" {
  description = "The AWS region in which the two queues are made."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "The standard queue's name; the FIFO queue has the same with .fifo behind it, as SQS demands."
  type        = string
  default     = "csse6400_prac"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,75}$", var.name))
    error_message = "A queue's name has 1 to 75 letters, digits, hyphens and underscores."
  }
}
