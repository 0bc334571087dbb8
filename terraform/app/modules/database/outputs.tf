output "identifier" {
  description = "The instance's name, as in its metrics."
  value       = aws_db_instance.app.identifier
}

output "environment" {
  description = "What an application has to know to connect, but for the password."
  value = {
    DATABASE_HOST = aws_db_instance.app.address
    DATABASE_PORT = tostring(aws_db_instance.app.port)
    DATABASE_NAME = aws_db_instance.app.db_name
    DATABASE_USER = aws_db_instance.app.username
    PGSSLMODE     = "require" # read by libpq itself
  }
}

output "password_secret_arn" {
  description = "The secret that RDS keeps: JSON with `username` and `password`."
  value       = aws_db_instance.app.master_user_secret[0].secret_arn
}
