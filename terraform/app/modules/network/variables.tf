variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "cidr" {
  description = "Private address range, a /16."
  type        = string
}

variable "zones" {
  description = "Number of availability zones."
  type        = number
}

variable "endpoint_in_every_zone" {
  description = "Whether every zone has VPC endpoints, or only one zone for all."
  type        = bool
}

variable "web_port" {
  description = "Port of the web tasks."
  type        = number
}

variable "open_ports" {
  description = "Public ports of the load balancer."
  type        = list(string)
}

variable "redis" {
  description = "Address range and port of an existing Redis, or null."
  type        = object({ cidr = string, port = number })
}

variable "has_topic" {
  description = "Whether tasks publish to an SNS topic."
  type        = bool
}

variable "metrics" {
  description = "Address range of a Prometheus server, and the metrics port of workers; or null."
  type        = object({ cidr = string, worker_port = number })
}
