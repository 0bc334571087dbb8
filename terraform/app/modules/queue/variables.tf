variable "name" {
  description = "The queue's full name; one that ends in .fifo makes a FIFO queue."
  type        = string
}

variable "max_receive_count" {
  description = "After how many deliveries without an answer a message goes to the dead letters."
  type        = number
  default     = 5
}
