output "arn" {
  description = "Repository ARN."
  value       = aws_ecr_repository.app.arn
}

output "url" {
  description = "Repository URL."
  value       = aws_ecr_repository.app.repository_url
}
