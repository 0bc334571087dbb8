variable "name" {
  description = "The repository's name."
  type        = string
}

variable "images_kept" {
  description = "How many of the newest images stay."
  type        = number
}
