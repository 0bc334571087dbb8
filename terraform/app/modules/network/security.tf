# All allowed connections in one table. Each row adds an egress rule and an ingress rule between two security groups.
# Only the load balancer accepts connections from the internet, and nothing can connect to the internet.

locals {
  groups = {
    balancer  = "The load balancer, which the world may reach"
    web       = "Web tasks, which the balancer may reach"
    tasks     = "Every task: what it may reach"
    database  = "The database, which tasks may reach"
    endpoints = "AWS's services inside the network, which tasks may reach"
  }

  flows = {
    requests = { from = "balancer", to = "web", port = var.web_port }
    queries  = { from = "tasks", to = "database", port = 5432 }
    services = { from = "tasks", to = "endpoints", port = 443 }
  }
}

resource "aws_security_group" "group" {
  #checkov:skip=CKV2_AWS_5:Attached through this module's output to the load balancer, the services, the database and the endpoints
  for_each    = local.groups
  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.app.id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each                     = local.flows
  description                  = each.key
  security_group_id            = aws_security_group.group[each.value.from].id
  referenced_security_group_id = aws_security_group.group[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each                     = local.flows
  description                  = each.key
  security_group_id            = aws_security_group.group[each.value.to].id
  referenced_security_group_id = aws_security_group.group[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "world" {
  for_each          = toset(var.open_ports)
  description       = "The world"
  security_group_id = aws_security_group.group["balancer"].id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "image_layers" {
  description       = "Image layers"
  security_group_id = aws_security_group.group["tasks"].id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "redis" {
  count             = var.redis == null ? 0 : 1
  description       = "An existing Redis"
  security_group_id = aws_security_group.group["tasks"].id
  cidr_ipv4         = var.redis.cidr
  ip_protocol       = "tcp"
  from_port         = var.redis.port
  to_port           = var.redis.port
}

resource "aws_vpc_security_group_ingress_rule" "metrics" {
  for_each          = var.metrics == null ? {} : { web = var.web_port, tasks = var.metrics.worker_port }
  description       = "Prometheus"
  security_group_id = aws_security_group.group[each.key].id
  cidr_ipv4         = var.metrics.cidr
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
