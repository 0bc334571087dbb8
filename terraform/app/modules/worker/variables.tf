variable "name" {
  description = "Prefix of names that must be unique in the account."
  type        = string
}

variable "cluster_arn" {
  description = "Cluster ARN."
  type        = string
}

variable "cluster_name" {
  description = "Cluster name."
  type        = string
}

variable "task_definition_arn" {
  description = "Task definition."
  type        = string
}

variable "size" {
  description = "Minimum and maximum number of tasks, and target number of waiting messages per task."
  type = object({
    min              = number
    max              = number
    backlog_per_task = number
  })
}

variable "queue_name" {
  description = "SQS queue to scale by, or null for another broker."
  type        = string
}

variable "follower_queue_name" {
  description = "SQS queue of deliveries, which wakes workers too; or null for another broker."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups of the tasks."
  type        = list(string)
}

variable "existing_role_arn" {
  description = "Role that starts the sweep, or null to create one."
  type        = string
}

variable "task_role_arns" {
  description = "Execution role and task role of the workers."
  type        = list(string)
}
