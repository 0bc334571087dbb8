variable "name" {
  description = "The task's family."
  type        = string
}

variable "image" {
  description = "The image, by digest; null is refused when the task is planned."
  type        = string
}

variable "command" {
  description = "What the container runs."
  type        = list(string)
}

variable "cpu" {
  description = "CPU units, 1024 to a core."
  type        = number
}

variable "memory" {
  description = "Memory in MiB, one of the sizes that Fargate has for that much CPU."
  type        = number
}

variable "environment" {
  description = "Settings that anybody may see."
  type        = map(string)
}

variable "secrets" {
  description = "Settings that nobody may see: by name, the secret (and its JSON key) to read them from."
  type        = map(string)
}

variable "port" {
  description = "The port it listens on, or null."
  type        = number
  default     = null
}

variable "check" {
  description = "A command that fails when the task should be replaced, or null."
  type        = list(string)
  default     = null
}

variable "execution_role_arn" {
  description = "The role that starts it."
  type        = string
}

variable "task_role_arn" {
  description = "The role that its code has."
  type        = string
}

variable "log_group" {
  description = "The log group it writes to."
  type        = string
}
