output "key_arn" {
  description = "ARN of the secret with the application's secret key."
  # From the version resource, so that no task starts before the value exists.
  value = aws_secretsmanager_secret_version.key.arn
}
