variable "name" {
  description = "Prefix of the names that an account has only once."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster."
  type        = string
}

variable "cluster_name" {
  description = "The cluster's name."
  type        = string
}

variable "task_definition_arn" {
  description = "What to run."
  type        = string
}

variable "size" {
  description = "How few and how many tasks, and how many messages may wait for each."
  type = object({
    min              = number
    max              = number
    backlog_per_task = number
  })
}

variable "queue_name" {
  description = "The SQS queue whose backlog is counted, or null where the broker is another."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_ids" {
  description = "What tasks may reach."
  type        = list(string)
}

variable "existing_role_arn" {
  description = "A role to start the sweep with instead of making one, or null."
  type        = string
}

variable "task_role_arns" {
  description = "The roles that the worker's task is started with and runs with."
  type        = list(string)
}
