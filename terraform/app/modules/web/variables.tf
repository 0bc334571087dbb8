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
  description = "How few and how many tasks, and what each of them is to carry."
  type = object({
    min                 = number
    max                 = number
    cpu_percent         = number
    requests_per_minute = number
  })
}

variable "port" {
  description = "The port on which a task listens."
  type        = number
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_ids" {
  description = "What tasks may reach, and who may reach them."
  type        = list(string)
}

variable "target_group_arn" {
  description = "Where tasks register with the balancer."
  type        = string
}

variable "request_metric_label" {
  description = "The balancer and target group whose requests are counted."
  type        = string
}
