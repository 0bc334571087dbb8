# The application's secret key, from which feed addresses are made. Random, written straight into Secrets Manager,
# and in neither plan nor state: the password is ephemeral and the argument that takes it is write-only.

ephemeral "aws_secretsmanager_random_password" "key" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "key" {
  #checkov:skip=CKV_AWS_149:Encrypted with the account's aws/secretsmanager key; a key of ours would add a cost and a way to lock oneself out
  #checkov:skip=CKV2_AWS_57:A new key changes the address of every feed that anybody has subscribed to
  name_prefix             = "${var.name}/secret-key-" # a deleted secret keeps its name for as long as it can be restored
  description             = "TASKOVERFLOW_SECRET_KEY"
  recovery_window_in_days = var.protect_data ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "key" {
  secret_id                = aws_secretsmanager_secret.key.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.key.random_password
  secret_string_wo_version = var.key_version
}
