# The whole system: an image, a queue, a database, web tasks behind a load balancer, and workers.
# deploy.sh applies it in the order that a release needs.

locals {
  web_port     = 6400
  metrics_port = 6401
  host         = coalesce(var.host_name, module.balancer.dns_name)
  address      = "${var.certificate_arn == null ? "http" : "https"}://${local.host}"
  image        = var.image_digest == null ? null : "${module.registry.url}@${var.image_digest}"
  queue        = one(module.queue)
  # By its full name: what depends on the whole module keeps Terraform from replacing the topic and removing a queue
  # at the same time.
  topic_arns = var.event_topic == null ? [] : [module.topic[0].arn]

  environment = merge(
    module.database.environment,
    {
      ALLOWED_HOSTS     = local.host
      PUBLIC_URL        = local.address
      TRUSTED_PROXIES   = join(",", module.network.public_cidrs)
      TASKOVERFLOW_MODE = var.mode
      LOG_FORMAT        = "json"
      MAX_WEBHOOKS      = "0" # they need the internet, which no task reaches
    },
    var.event_topic == null ? {} : { EVENT_TOPIC = "sns://${one(local.topic_arns)}" },
    var.redis != null ? {} : { BROKER_URL = "sqs:///${local.queue.name}?region=${var.region}" },
    var.metrics_cidr == null ? {} : {
      METRICS_ALLOWED     = var.metrics_cidr
      WORKER_METRICS_PORT = tostring(local.metrics_port)
    },
  )

  secrets = merge({
    TASKOVERFLOW_SECRET_KEY = module.secrets.key_arn
    DATABASE_PASSWORD       = "${module.database.password_secret_arn}:password::"
  }, var.redis == null ? {} : { BROKER_URL = var.redis.url_secret_arn })

  # The same image with three commands; the entry point is manage.py.
  tasks = {
    web = { command = ["serve"], cpu = var.web.cpu, memory = var.web.memory, port = local.web_port }
    worker = {
      command = ["rundramatiq", "--processes", "1", "--threads", "8", "--worker-shutdown-timeout", "20000"]
      cpu     = var.worker.cpu, memory = var.worker.memory, port = null
      # Workers have no load balancer health check. This one checks the database, and fails after a password rotation.
      check = ["python", "manage.py", "heartbeat"]
    }
    migration = { command = ["migrate", "--noinput"], cpu = 256, memory = 512, port = null }
  }
}

module "registry" {
  source      = "./modules/registry"
  name        = var.name
  images_kept = var.images_kept
}

module "network" {
  source                 = "./modules/network"
  name                   = var.name
  cidr                   = var.network_cidr
  zones                  = var.zones
  endpoint_in_every_zone = var.highly_available
  web_port               = local.web_port
  open_ports             = var.certificate_arn == null ? ["80"] : ["80", "443"]
  redis                  = var.redis
  has_topic              = var.event_topic != null
  metrics                = var.metrics_cidr == null ? null : { cidr = var.metrics_cidr, worker_port = local.metrics_port }
}

module "queue" {
  source = "./modules/queue"
  count  = var.redis == null ? 1 : 0
  name   = var.queue_name
}

# Deliveries to webhooks and the like have a queue of their own, whose name the app makes of the other.
module "follower_queue" {
  source = "./modules/queue"
  count  = var.redis == null ? 1 : 0
  name   = replace(var.queue_name, "/(\\.fifo)?$/", "-followers$1")
}

module "topic" {
  source = "./modules/topic"
  count  = var.event_topic == null ? 0 : 1
  name   = var.name
  fifo   = var.event_topic.fifo
  queues = var.event_topic.queues
}

module "database" {
  source            = "./modules/database"
  name              = var.name
  postgres_version  = var.database.postgres_version
  instance_class    = var.database.instance_class
  storage_gb        = var.database.storage_gb
  max_storage_gb    = var.database.max_storage_gb
  backup_days       = var.database.backup_days
  password_days     = var.database.password_days
  log_days          = var.log_days
  highly_available  = var.highly_available
  protect_data      = var.protect_data
  ca_file           = var.database_ca_file
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.security_groups["database"]
}

module "secrets" {
  source       = "./modules/secrets"
  name         = var.name
  key_version  = var.secret_key_version
  protect_data = var.protect_data
}

resource "aws_cloudwatch_log_group" "task" {
  #checkov:skip=CKV_AWS_158:Encrypted at rest with CloudWatch's own key, which is sufficient
  #checkov:skip=CKV_AWS_338:Log retention is a variable
  for_each          = local.tasks
  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_days
}

module "roles" {
  source            = "./modules/roles"
  name              = var.name
  existing_role_arn = var.existing_role_arn
  queue_arns        = concat(module.queue[*].arn, module.follower_queue[*].arn)
  topic_arns        = local.topic_arns
  repository_arn    = module.registry.arn
  log_group_arns    = values(aws_cloudwatch_log_group.task)[*].arn
  secret_arns = concat(
    [module.secrets.key_arn, module.database.password_secret_arn],
    var.redis == null ? [] : [var.redis.url_secret_arn],
  )
}

module "balancer" {
  source            = "./modules/balancer"
  name              = var.name
  vpc_id            = module.network.vpc_id
  subnet_ids        = module.network.public_subnet_ids
  security_group_id = module.network.security_groups["balancer"]
  web_port          = local.web_port
  certificate_arn   = var.certificate_arn
  protect_data      = var.protect_data
}

resource "aws_ecs_cluster" "app" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled" # worker scaling uses its count of running tasks
  }
}

module "task" {
  source             = "./modules/task"
  for_each           = local.tasks
  name               = "${var.name}-${each.key}"
  image              = local.image
  command            = each.value.command
  cpu                = each.value.cpu
  memory             = each.value.memory
  port               = each.value.port
  check              = lookup(each.value, "check", null)
  environment        = local.environment
  secrets            = local.secrets
  execution_role_arn = module.roles.execution_arn
  task_role_arn      = module.roles.task_arns[each.key]
  log_group          = aws_cloudwatch_log_group.task[each.key].name
}

module "worker" {
  source              = "./modules/worker"
  name                = var.name
  cluster_arn         = aws_ecs_cluster.app.arn
  cluster_name        = aws_ecs_cluster.app.name
  task_definition_arn = module.task["worker"].arn
  size                = var.worker
  queue_name          = one(module.queue[*].name)
  follower_queue_name = one(module.follower_queue[*].name)
  subnet_ids          = module.network.private_subnet_ids
  security_group_ids  = [module.network.security_groups["tasks"]]
  existing_role_arn   = var.existing_role_arn
  task_role_arns      = distinct([module.roles.execution_arn, module.roles.task_arns["worker"]])
}

module "web" {
  source               = "./modules/web"
  cluster_arn          = aws_ecs_cluster.app.arn
  cluster_name         = aws_ecs_cluster.app.name
  task_definition_arn  = module.task["web"].arn
  size                 = var.web
  port                 = local.web_port
  subnet_ids           = module.network.private_subnet_ids
  security_group_ids   = [module.network.security_groups["tasks"], module.network.security_groups["web"]]
  target_group_arn     = module.balancer.target_group_arn
  request_metric_label = module.balancer.request_metric_label

  depends_on = [module.worker] # workers first: old workers may not know the messages of new web tasks
}

module "alarms" {
  source              = "./modules/alarms"
  name                = var.name
  mail                = var.alarm_mail
  queue               = var.redis == null ? { name = local.queue.name, dead_letters = local.queue.dead_letters_name } : null
  message_age_seconds = var.message_age_seconds
  balancer            = module.balancer.metric_name
  database            = { identifier = module.database.identifier, storage_gb = var.database.storage_gb }
}
