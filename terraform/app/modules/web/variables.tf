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
  description = "Minimum and maximum number of tasks, and scaling targets per task."
  type = object({
    min                 = number
    max                 = number
    cpu_percent         = number
    requests_per_minute = number
  })
}

variable "port" {
  description = "Port of a task."
  type        = number
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups of the tasks."
  type        = list(string)
}

variable "target_group_arn" {
  description = "Target group."
  type        = string
}

variable "request_metric_label" {
  description = "Load balancer and target group of the request metric."
  type        = string
}
