output "arn" {
  description = "The repository's ARN."
  value       = aws_ecr_repository.app.arn
}

output "url" {
  description = "Where images are pushed to and pulled from."
  value       = aws_ecr_repository.app.repository_url
}
