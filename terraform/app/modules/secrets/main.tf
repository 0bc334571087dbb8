# The application's secret key, which signs sessions and feed URLs. It is random and written directly to Secrets
# Manager. It is not in the plan or the state: the value is ephemeral, and the argument is write-only.

ephemeral "aws_secretsmanager_random_password" "key" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "key" {
  #checkov:skip=CKV_AWS_149:Encrypted with the account's aws/secretsmanager key, which is sufficient
  #checkov:skip=CKV2_AWS_57:A new key would change all feed URLs
  name_prefix             = "${var.name}/secret-key-" # a deleted secret keeps its name while it can be restored
  description             = "TASKOVERFLOW_SECRET_KEY"
  recovery_window_in_days = var.protect_data ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "key" {
  secret_id                = aws_secretsmanager_secret.key.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.key.random_password
  secret_string_wo_version = var.key_version
}
