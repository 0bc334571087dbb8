# PostgreSQL in private subnets, reached by the tasks alone. Its password is made, kept and changed by Secrets
# Manager: it is in no variable, no output, no state and no task definition.

locals {
  logs = ["postgresql", "upgrade"]
}

resource "aws_db_subnet_group" "app" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

# Made first, so that they have an end: RDS would make them with none.
resource "aws_cloudwatch_log_group" "database" {
  #checkov:skip=CKV_AWS_158:Encrypted at rest by CloudWatch's own key; a key of ours would cost more than it protects
  #checkov:skip=CKV_AWS_338:How long logs are kept is the operator's to say, by a variable
  for_each          = toset(local.logs)
  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_days
}

resource "aws_db_instance" "app" {
  #checkov:skip=CKV_AWS_118:Enhanced monitoring is turned on when a question needs it; CPU, storage and connections are there without it
  #checkov:skip=CKV_AWS_133:Seven days unless a variable says otherwise, and never none: the check cannot follow the default
  #checkov:skip=CKV_AWS_157:A standby in a second zone doubles the price; variable `highly_available` says who needs one
  #checkov:skip=CKV_AWS_161:The application signs in by password; a second way in would be a second way in
  #checkov:skip=CKV_AWS_353:Not to be had in every instance class and region; turned on together with a bigger class
  #checkov:skip=CKV2_AWS_30:Statements hold what people wrote in their todos, which belongs in no log
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.postgres_version # the newest minor version of it, kept so
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
  allow_major_version_upgrade     = true # only when `postgres_version` changes
  enabled_cloudwatch_logs_exports = local.logs

  # Times are UTC: the quiet hours of Australia's east, before Europe wakes.
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

# RDS would change the password every seven days. Tasks are given it when they start, so after a change they fail
# their ready check and are replaced: a minute or two without service, which should come seldom and be expected.
resource "aws_secretsmanager_secret_rotation" "password" {
  #checkov:skip=CKV_AWS_304:See above: each change restarts every task, so how often is a variable
  secret_id          = aws_db_instance.app.master_user_secret[0].secret_arn
  rotate_immediately = false

  rotation_rules {
    automatically_after_days = var.password_days
  }
}
