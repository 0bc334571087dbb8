variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "cidr" {
  description = "The network's private addresses, a /16."
  type        = string
}

variable "zones" {
  description = "In how many availability zones it lies."
  type        = number
}

variable "endpoint_in_every_zone" {
  description = "Whether AWS's services have an endpoint in every zone, or in one for all."
  type        = bool
}

variable "web_port" {
  description = "The port on which web tasks listen."
  type        = number
}

variable "open_ports" {
  description = "The ports on which the world reaches the balancer."
  type        = list(string)
}

variable "redis" {
  description = "Where an existing Redis is reached, or null."
  type        = object({ cidr = string, port = number })
}

variable "metrics" {
  description = "Whence a Prometheus reads the metrics of web tasks, and on another port of workers; or null."
  type        = object({ cidr = string, worker_port = number })
}
