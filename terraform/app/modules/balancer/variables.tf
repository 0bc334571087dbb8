variable "name" {
  description = "The balancer's name, 28 characters at most."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets, in two zones at least."
  type        = list(string)
}

variable "security_group_id" {
  description = "The group that lets the world in."
  type        = string
}

variable "web_port" {
  description = "The port on which web tasks listen."
  type        = number
}

variable "certificate_arn" {
  description = "A certificate for HTTPS, or null."
  type        = string
}

variable "protect_data" {
  description = "Whether deletion is refused."
  type        = bool
}
