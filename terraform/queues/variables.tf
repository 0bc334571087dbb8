variable "region" {
  description = "AWS region of the queues."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "Name of the standard queue; the FIFO queue has the same name with .fifo appended, as SQS requires."
  type        = string
  default     = "csse6400_prac"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,75}$", var.name))
    error_message = "Use 1 to 75 letters, digits, hyphens and underscores."
  }
}
