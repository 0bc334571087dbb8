variable "name" {
  description = "Prefix of all alarm names."
  type        = string
}

variable "mail" {
  description = "Email address for alarms, or null."
  type        = string
}

variable "queue" {
  description = "Names of the queue and its dead-letter queue, or null if the broker is not SQS."
  type        = object({ name = string, dead_letters = string })
}

variable "message_age_seconds" {
  description = "Seconds a message may wait."
  type        = number
}

variable "balancer" {
  description = "Load balancer name in metrics."
  type        = string
}

variable "database" {
  description = "Database name in metrics, and its initial disk size in GiB."
  type        = object({ identifier = string, storage_gb = number })
}
