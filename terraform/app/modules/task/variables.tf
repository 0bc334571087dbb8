variable "name" {
  description = "Task family."
  type        = string
}

variable "image" {
  description = "Image with digest; null fails the plan."
  type        = string
}

variable "command" {
  description = "Container command."
  type        = list(string)
}

variable "cpu" {
  description = "CPU units, 1024 per vCPU."
  type        = number
}

variable "memory" {
  description = "Memory in MiB, a size that Fargate supports for that CPU."
  type        = number
}

variable "environment" {
  description = "Plain environment variables."
  type        = map(string)
}

variable "secrets" {
  description = "Secret environment variables: name to secret ARN (and JSON key)."
  type        = map(string)
}

variable "port" {
  description = "Port, or null."
  type        = number
  default     = null
}

variable "check" {
  description = "Health check command, or null."
  type        = list(string)
  default     = null
}

variable "execution_role_arn" {
  description = "Execution role."
  type        = string
}

variable "task_role_arn" {
  description = "Task role."
  type        = string
}

variable "log_group" {
  description = "Log group."
  type        = string
}
