variable "name" {
  description = "Prefix of all role names."
  type        = string
}

variable "existing_role_arn" {
  description = "Role to use for everything instead of creating roles, or null."
  type        = string
}

variable "queue_arns" {
  description = "SQS queue between web and worker, or null."
  type        = list(string)
}

variable "topic_arns" {
  description = "SNS topic of events; empty if there is none."
  type        = list(string)
}

variable "repository_arn" {
  description = "ARN of the image repository."
  type        = string
}

variable "log_group_arns" {
  description = "Log groups of the tasks."
  type        = list(string)
}

variable "secret_arns" {
  description = "Secrets that tasks receive."
  type        = list(string)
}
