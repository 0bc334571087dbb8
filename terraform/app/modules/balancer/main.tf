# The load balancer, the only public endpoint.

resource "aws_lb" "app" {
  #checkov:skip=CKV_AWS_91:An access log would contain secret feed URLs; the application logs requests without them
  #checkov:skip=CKV2_AWS_28:A firewall is optional, because it costs per rule and request
  name                       = var.name
  load_balancer_type         = "application"
  subnets                    = var.subnet_ids
  security_groups            = [var.security_group_id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.protect_data
}

resource "aws_lb_target_group" "web" {
  #checkov:skip=CKV_AWS_378:Plain HTTP between load balancer and tasks, inside the private network
  name                 = "${var.name}-web"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  port                 = var.web_port
  protocol             = "HTTP"
  deregistration_delay = 30 # seconds; the slowest response takes ten

  health_check {
    path                = "/api/v1/ready?without=worker,broker" # a new web task would not fix these two
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.app.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = var.certificate_arn == null ? "forward" : "redirect"
    target_group_arn = var.certificate_arn == null ? aws_lb_target_group.web.arn : null

    dynamic "redirect" {
      for_each = var.certificate_arn[*]
      content {
        port        = "443"
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count             = var.certificate_arn == null ? 0 : 1
  load_balancer_arn = aws_lb.app.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}
