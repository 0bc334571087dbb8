output "identifier" {
  description = "Instance name, as in its metrics."
  value       = aws_db_instance.app.identifier
}

output "environment" {
  description = "Connection settings except the password."
  value = merge(
    {
      DATABASE_HOST = aws_db_instance.app.address
      DATABASE_PORT = tostring(aws_db_instance.app.port)
      DATABASE_NAME = aws_db_instance.app.db_name
      DATABASE_USER = aws_db_instance.app.username
    },
    # Read by libpq. Without certificates, the connection is encrypted, but the server could be another.
    var.ca_file == null ? { PGSSLMODE = "require" } : { PGSSLMODE = "verify-full", PGSSLROOTCERT = var.ca_file }
  )
}

output "password_secret_arn" {
  description = "Secret managed by RDS: JSON with `username` and `password`."
  value       = aws_db_instance.app.master_user_secret[0].secret_arn
}
