# A Fargate task with one container. All tasks use the same image with different commands.

data "aws_region" "current" {}

locals {
  # The file system is read-only; temporary files are in memory.
  memory = { TMPDIR = "/dev/shm", TASKOVERFLOW_DATA = "/dev/shm/taskoverflow" }
}

resource "aws_ecs_task_definition" "app" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.execution_role_arn
  task_role_arn            = var.task_role_arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  container_definitions = jsonencode([{
    name         = "app"
    image        = var.image
    essential    = true
    command      = var.command
    stopTimeout  = 60 # seconds; workers release their builds within a few
    environment  = [for key, value in merge(var.environment, local.memory) : { name = key, value = value }]
    secrets      = [for key, from in var.secrets : { name = key, valueFrom = from }]
    portMappings = [for port in var.port[*] : { containerPort = port, hostPort = port, protocol = "tcp" }]

    # Infrequent, because each check starts a process. Two consecutive failures replace the task.
    healthCheck = var.check == null ? null : {
      command = concat(["CMD"], var.check), interval = 300, timeout = 60, retries = 2, startPeriod = 60
    }

    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-region        = data.aws_region.current.name
        awslogs-group         = var.log_group
        awslogs-stream-prefix = "app"
      }
    }
  }])

  # Keep the old revision until nothing uses it, because a failed deployment rolls back to it.
  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = var.image != null
      error_message = "image_digest is not set: run deploy.sh, which builds an image and passes its digest."
    }
  }
}
