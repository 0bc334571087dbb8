variable "name" {
  description = "Load balancer name, up to 28 characters."
  type        = string
}

variable "vpc_id" {
  description = "VPC id."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets in at least two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group that accepts connections from the internet."
  type        = string
}

variable "web_port" {
  description = "Port of the web tasks."
  type        = number
}

variable "certificate_arn" {
  description = "Certificate ARN for HTTPS, or null."
  type        = string
}

variable "protect_data" {
  description = "Whether deletion protection is enabled."
  type        = bool
}
