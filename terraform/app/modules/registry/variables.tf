variable "name" {
  description = "Repository name."
  type        = string
}

variable "images_kept" {
  description = "Number of newest images to keep."
  type        = number
}
