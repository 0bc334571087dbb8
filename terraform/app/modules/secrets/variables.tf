variable "name" {
  description = "Prefix of the secret name."
  type        = string
}

variable "key_version" {
  description = "Increase it to create a new secret key."
  type        = number
}

variable "protect_data" {
  description = "Whether a deleted secret can be restored for thirty days."
  type        = bool
}
