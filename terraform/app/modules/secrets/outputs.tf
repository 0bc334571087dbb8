output "key_arn" {
  description = "The secret that holds the application's secret key."
  # Of the version's resource, so that no task starts before there is a value.
  value = aws_secretsmanager_secret_version.key.arn
}
