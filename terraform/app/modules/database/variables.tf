variable "name" {
  description = "Instance name."
  type        = string
}

variable "postgres_version" {
  description = "PostgreSQL major version."
  type        = string
}

variable "instance_class" {
  description = "Instance class."
  type        = string
}

variable "storage_gb" {
  description = "Initial disk size in GiB."
  type        = number
}

variable "max_storage_gb" {
  description = "Maximum disk size for autoscaling in GiB."
  type        = number
}

variable "backup_days" {
  description = "Days of point-in-time recovery."
  type        = number
}

variable "password_days" {
  description = "Days between password rotations."
  type        = number
}

variable "log_days" {
  description = "Days to keep logs."
  type        = number
}

variable "highly_available" {
  description = "Whether there is a standby in a second zone."
  type        = bool
}

variable "protect_data" {
  description = "Whether deletion protection and the final snapshot are enabled."
  type        = bool
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group."
  type        = string
}

variable "ca_file" {
  description = "Path in the image of the certificates that the server is verified with; null only encrypts."
  type        = string
}
