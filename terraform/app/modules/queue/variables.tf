variable "name" {
  description = "Full queue name; a name that ends in .fifo creates a FIFO queue."
  type        = string
}

variable "max_receive_count" {
  description = "Deliveries before an unacknowledged message moves to the dead-letter queue."
  type        = number
  default     = 5
}
