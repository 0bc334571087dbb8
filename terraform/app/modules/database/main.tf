# PostgreSQL in private subnets, reachable only by the tasks. Secrets Manager creates, stores and rotates the
# password. It is in no variable, output, state or task definition.

locals {
  logs = ["postgresql", "upgrade"]
}

resource "aws_db_subnet_group" "app" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

# Created first, because RDS would create them without a retention period.
resource "aws_cloudwatch_log_group" "database" {
  #checkov:skip=CKV_AWS_158:Encrypted at rest with CloudWatch's own key, which is sufficient
  #checkov:skip=CKV_AWS_338:Log retention is a variable
  for_each          = toset(local.logs)
  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_days
}

resource "aws_db_instance" "app" {
  #checkov:skip=CKV_AWS_118:CPU, storage and connections are monitored without enhanced monitoring
  #checkov:skip=CKV_AWS_133:Backups are always on, seven days by default; the check cannot see the default
  #checkov:skip=CKV_AWS_157:A standby doubles the price; it is enabled by `highly_available`
  #checkov:skip=CKV_AWS_161:The application uses a password; a second login method would add attack surface
  #checkov:skip=CKV_AWS_353:Performance Insights is not available in every instance class and region
  #checkov:skip=CKV2_AWS_30:Statements contain the text of todos, which must not be logged
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.postgres_version # major version; minor upgrades are automatic
  instance_class = var.instance_class

  db_name                     = "taskoverflow"
  username                    = "taskoverflow"
  manage_master_user_password = true

  storage_type          = "gp3"
  storage_encrypted     = true
  allocated_storage     = var.storage_gb
  max_allocated_storage = var.max_storage_gb

  db_subnet_group_name   = aws_db_subnet_group.app.name
  vpc_security_group_ids = [var.security_group_id]
  publicly_accessible    = false
  multi_az               = var.highly_available

  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = true # only if `postgres_version` changes
  enabled_cloudwatch_logs_exports = local.logs

  # Times are UTC: night in eastern Australia.
  backup_retention_period   = var.backup_days
  backup_window             = "16:00-16:30"
  maintenance_window        = "sun:17:00-sun:17:30"
  copy_tags_to_snapshot     = true
  deletion_protection       = var.protect_data
  skip_final_snapshot       = !var.protect_data
  final_snapshot_identifier = "${var.name}-final"
  delete_automated_backups  = !var.protect_data

  depends_on = [aws_cloudwatch_log_group.database]
}

# By default RDS rotates the password every seven days. Tasks read it at start, so after a rotation they fail their
# health check and are replaced. This causes a minute or two of downtime, so it should be rare and predictable.
resource "aws_secretsmanager_secret_rotation" "password" {
  #checkov:skip=CKV_AWS_304:Each rotation restarts all tasks, so its interval is a variable
  secret_id          = aws_db_instance.app.master_user_secret[0].secret_arn
  rotate_immediately = false

  rotation_rules {
    automatically_after_days = var.password_days
  }
}
