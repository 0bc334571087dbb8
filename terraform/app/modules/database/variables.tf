variable "name" {
  description = "The instance's name."
  type        = string
}

variable "postgres_version" {
  description = "PostgreSQL's major version."
  type        = string
}

variable "instance_class" {
  description = "The size of the machine."
  type        = string
}

variable "storage_gb" {
  description = "The disk to begin with, in GiB."
  type        = number
}

variable "max_storage_gb" {
  description = "How far the disk may grow by itself, in GiB."
  type        = number
}

variable "backup_days" {
  description = "To any second of how many past days it can be restored."
  type        = number
}

variable "password_days" {
  description = "After how many days the password is changed."
  type        = number
}

variable "log_days" {
  description = "For how many days logs are kept."
  type        = number
}

variable "highly_available" {
  description = "Whether a standby waits in a second zone."
  type        = bool
}

variable "protect_data" {
  description = "Whether deletion is refused, and leaves a last snapshot when it is not."
  type        = bool
}

variable "subnet_ids" {
  description = "Private subnets, in two zones at least."
  type        = list(string)
}

variable "security_group_id" {
  description = "The group that says who may reach it."
  type        = string
}
