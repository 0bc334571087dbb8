variable "name" {
  description = "Name, or name prefix, of all resources."
  type        = string
  default     = "taskoverflow"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name)) && !startswith(var.name, "internal-") && !strcontains(var.name, "--")
    error_message = "Use 3 to 28 lower-case letters, digits and single hyphens, starting with a letter. This is the limit for load balancer names."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region looks like ap-southeast-2."
  }
}

variable "image_digest" {
  description = "Digest of the image in the registry; set by deploy.sh."
  type        = string
  default     = null

  validation {
    condition     = var.image_digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "A digest is sha256: followed by 64 hexadecimal digits."
  }
}

variable "build_image" {
  description = "Whether Terraform itself builds and pushes the image of this checkout; deploy.sh does not need it."
  type        = bool
  default     = false
}

variable "images_kept" {
  description = "Number of newest images to keep in the registry for rollbacks."
  type        = number
  default     = 20

  validation {
    condition     = var.images_kept >= 2
    error_message = "Keep at least two: the current image and the previous one."
  }
}

variable "host_name" {
  description = "Host name of the app; by default the load balancer's own name."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "ARN of an ACM certificate for host_name in the same region; without it the app uses plain HTTP."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || (can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn)) && var.host_name != null)
    error_message = "Set the ARN of an ACM certificate together with the host_name it is for."
  }
}

variable "mode" {
  description = "open: anonymous users share one list. private: users must sign in; requires a certificate."
  type        = string
  default     = "open"

  validation {
    condition     = contains(["open", "private"], var.mode)
    error_message = "mode is open or private."
  }

  validation {
    condition     = var.mode == "open" || var.certificate_arn != null
    error_message = "private mode requires a certificate_arn, so that passwords are encrypted in transit."
  }
}

variable "protect_data" {
  description = "Enables deletion protection for the database and the load balancer, and a final snapshot of a deleted database."
  type        = bool
  default     = true
}

variable "highly_available" {
  description = "Survives the loss of an availability zone: a standby database, and VPC endpoints in every zone. Requires web.min of 2 or more."
  type        = bool
  default     = false

  validation {
    condition     = !var.highly_available || var.web.min >= 2
    error_message = "Set web.min to at least 2, because one task runs in one zone."
  }
}

variable "zones" {
  description = "Number of availability zones."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "Use 2 or 3 zones: the load balancer and the database need at least two."
  }
}

variable "network_cidr" {
  description = "Private address range of the network; change it if it overlaps with another network."
  type        = string
  default     = "10.64.0.0/16"

  validation {
    condition     = can(cidrhost(var.network_cidr, 0)) && endswith(var.network_cidr, "/16")
    error_message = "Use a /16 network such as 10.64.0.0/16."
  }
}

variable "queue_name" {
  description = "Full name of the SQS queue; a name that ends in .fifo creates a FIFO queue. A second queue has -followers in its name."
  type        = string
  default     = "ical"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,60}(\\.fifo)?$", var.queue_name))
    error_message = "Use 1 to 60 letters, digits, hyphens and underscores, plus .fifo for a FIFO queue."
  }
}

variable "redis" {
  description = "Existing Redis to use instead of SQS: the secret with its full URL, and its address range and port."
  type = object({
    url_secret_arn = string
    cidr           = string
    port           = optional(number, 6379)
  })
  default = null

  validation {
    condition     = var.redis == null || (can(cidrhost(var.redis.cidr, 0)) && can(regex("^arn:aws[a-z-]*:secretsmanager:", var.redis.url_secret_arn)))
    error_message = "url_secret_arn is the ARN of a secret, and cidr an address range such as 10.0.0.7/32."
  }

  validation {
    condition     = var.redis == null || !endswith(try(var.redis.cidr, ""), "/0")
    error_message = "cidr must cover only the addresses of Redis."
  }
}

variable "event_topic" {
  description = "Whether to send the events of all lists to an SNS topic, by default not. fifo keeps each list's events in order; each of the queues gets a copy of every event. See docs/topics.md."
  type = object({
    fifo   = optional(bool, true)
    queues = optional(list(string), ["subscriber"])
  })
  default = null

  validation {
    condition = var.event_topic == null || (
      alltrue([for name in try(var.event_topic.queues, []) : can(regex("^[A-Za-z0-9_-]{1,40}$", name)) && !endswith(name, "-dead")])
      && length(distinct(try(var.event_topic.queues, []))) == length(try(var.event_topic.queues, []))
    )
    error_message = "Name each queue of event_topic once, with 1 to 40 letters, digits, hyphens and underscores, not ending in -dead."
  }
}

variable "web" {
  description = "Web tasks: Fargate size, minimum and maximum number, and scaling targets per task."
  type = object({
    cpu                 = optional(number, 256)
    memory              = optional(number, 512)
    min                 = optional(number, 1)
    max                 = optional(number, 4)
    cpu_percent         = optional(number, 60)
    requests_per_minute = optional(number, 1200)
  })
  default = {}

  validation {
    condition     = 1 <= var.web.min && var.web.min <= var.web.max
    error_message = "web.min must be at least 1, and max no less than min."
  }
}

variable "worker" {
  description = "Workers: Fargate size, minimum (0 scales to zero when idle) and maximum number, and target number of waiting messages per task."
  type = object({
    cpu              = optional(number, 256)
    memory           = optional(number, 512)
    min              = optional(number, 1)
    max              = optional(number, 4)
    backlog_per_task = optional(number, 100)
  })
  default = {}

  validation {
    condition     = 0 <= var.worker.min && var.worker.min <= var.worker.max && var.worker.max >= 1
    error_message = "worker.min must be 0 or more, and max 1 or more and no less than min."
  }

  validation {
    condition     = var.redis == null || var.worker.min >= 1
    error_message = "Workers can only scale to zero with SQS. With Redis nothing would wake them."
  }
}

variable "database" {
  description = "Database: PostgreSQL major version, instance class, initial and maximum disk size in GiB, days of backups, and days between password rotations."
  type = object({
    postgres_version = optional(string, "17")
    instance_class   = optional(string, "db.t4g.micro")
    storage_gb       = optional(number, 20)
    max_storage_gb   = optional(number, 100)
    backup_days      = optional(number, 7)
    password_days    = optional(number, 180)
  })
  default = {}

  validation {
    condition     = can(regex("^(1[5-9]|2[0-9])$", var.database.postgres_version))
    error_message = "Use major version 15 or later, because RDS then rejects unencrypted connections by default."
  }

  validation {
    condition     = 20 <= var.database.storage_gb && var.database.storage_gb < var.database.max_storage_gb
    error_message = "storage_gb must be at least 20, and max_storage_gb greater than storage_gb."
  }

  validation {
    condition     = 1 <= var.database.backup_days && var.database.backup_days <= 35
    error_message = "backup_days must be 1 to 35."
  }

  validation {
    condition     = 1 <= var.database.password_days && var.database.password_days <= 1000
    error_message = "password_days must be 1 to 1000."
  }
}

variable "secret_key_version" {
  description = "Increase it to create a new secret key. This signs everybody out and changes all feed URLs."
  type        = number
  default     = 1
}

variable "existing_role_arn" {
  description = "ARN of a role to use for everything, for accounts that cannot create roles (the course's LabRole)."
  type        = string
  default     = null

  validation {
    condition     = var.existing_role_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", var.existing_role_arn))
    error_message = "Use the ARN of a role."
  }
}

variable "log_days" {
  description = "Days to keep logs."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "Use a retention period of CloudWatch: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "database_ca_file" {
  description = "Path in the image of AWS's certificates for RDS, to verify the database server with; by default the connection is only encrypted. See docs/deploying.md."
  type        = string
  default     = null

  validation {
    condition     = var.database_ca_file == null || startswith(coalesce(var.database_ca_file, "-"), "/")
    error_message = "Use an absolute path, such as /app/certificates/rds.pem."
  }
}

variable "alarm_mail" {
  description = "Email address for alarms; AWS first sends a confirmation request."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_mail == null || can(regex("^[^@ ]+@[^@ ]+$", var.alarm_mail))
    error_message = "Use an email address."
  }
}

variable "metrics_cidr" {
  description = "Private address range of your Prometheus server, which may read /metrics of each task; by default nobody may."
  type        = string
  default     = null

  validation {
    condition     = var.metrics_cidr == null || (can(cidrhost(var.metrics_cidr, 0)) && !endswith(coalesce(var.metrics_cidr, "-"), "/0"))
    error_message = "Use the address range of your Prometheus server, such as 10.64.240.10/32."
  }
}

variable "message_age_seconds" {
  description = "Seconds a message may wait before an alarm."
  type        = number
  default     = 300
}
