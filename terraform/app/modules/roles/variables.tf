variable "name" {
  description = "Prefix of every role's name."
  type        = string
}

variable "existing_role_arn" {
  description = "A role to use for everything instead of making any, or null."
  type        = string
}

variable "queue_arns" {
  description = "The queue between web and worker; none where that is not SQS."
  type        = list(string)
}

variable "repository_arn" {
  description = "Where the image is pulled from."
  type        = string
}

variable "log_group_arns" {
  description = "The log groups of the tasks."
  type        = list(string)
}

variable "secret_arns" {
  description = "The secrets that tasks are started with."
  type        = list(string)
}
