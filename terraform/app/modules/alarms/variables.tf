variable "name" {
  description = "Prefix of every alarm's name."
  type        = string
}

variable "mail" {
  description = "Who is written to, or null."
  type        = string
}

variable "queue" {
  description = "Names of the queue and its dead letters, or null where the broker is not SQS."
  type        = object({ name = string, dead_letters = string })
}

variable "message_age_seconds" {
  description = "How long a message may wait."
  type        = number
}

variable "balancer" {
  description = "The balancer's name in metrics."
  type        = string
}

variable "database" {
  description = "The database's name in metrics, and its first disk in GiB."
  type        = object({ identifier = string, storage_gb = number })
}
