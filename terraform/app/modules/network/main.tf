# The load balancer is in public subnets. Tasks and the database are in private subnets without internet access.
# Tasks reach AWS services (images, logs, secrets, the queue) through VPC endpoints.

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:The first zones by name are used, and new zones come last
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"] # excludes local zones
  }
}

locals {
  zones              = slice(data.aws_availability_zones.available.names, 0, var.zones)
  interface_services = concat(["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs"], var.has_topic ? ["sns"] : [])
  endpoint_subnets   = slice(aws_subnet.private[*].id, 0, var.endpoint_in_every_zone ? var.zones : 1)
}

resource "aws_vpc" "app" {
  #checkov:skip=CKV2_AWS_11:Flow logs cost per gigabyte and no task can reach the internet; enable them for the account if needed
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # so that the endpoints use the services' own names
  tags                 = { Name = var.name }
}

# The default security group, closed in both directions.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.app.id
}

resource "aws_subnet" "public" {
  count             = var.zones
  vpc_id            = aws_vpc.app.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 8, count.index)
  tags              = { Name = "${var.name}-public-${local.zones[count.index]}" }
}

resource "aws_subnet" "private" {
  count             = var.zones
  vpc_id            = aws_vpc.app.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 4, count.index + 1)
  tags              = { Name = "${var.name}-private-${local.zones[count.index]}" }
}

resource "aws_internet_gateway" "app" {
  vpc_id = aws_vpc.app.id
  tags   = { Name = var.name }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.app.id
  tags   = { Name = "${var.name}-public" }

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.app.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.app.id
  tags   = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "public" {
  count          = var.zones
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = var.zones
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = toset(local.interface_services)
  vpc_id              = aws_vpc.app.id
  service_name        = "com.amazonaws.${data.aws_region.current.name}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.endpoint_subnets
  security_group_ids  = [aws_security_group.group["endpoints"].id]
  tags                = { Name = "${var.name}-${each.key}" }
}

# ECR stores image layers in an S3 bucket of AWS. Only that bucket is reachable.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.app.id
  service_name      = "com.amazonaws.${data.aws_region.current.name}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  tags              = { Name = "${var.name}-s3" }

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      # The names of layers are unknown; AWS's page recommends this wildcard.
      Resource = "arn:aws:s3:::prod-${data.aws_region.current.name}-starport-layer-bucket/*"
    }]
  })
}
