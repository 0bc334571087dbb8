variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "fifo" {
  description = "Whether each list's events stay in order, without repeats within five minutes."
  type        = bool
}

variable "queues" {
  description = "Names of the subscribed queues, without the prefix; each gets a copy of every event."
  type        = list(string)
}
