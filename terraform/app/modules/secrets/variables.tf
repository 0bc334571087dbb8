variable "name" {
  description = "Prefix of the secret's name."
  type        = string
}

variable "key_version" {
  description = "Raise it to make a new secret key."
  type        = number
}

variable "protect_data" {
  description = "Whether a deleted secret can be had back for thirty days."
  type        = bool
}
