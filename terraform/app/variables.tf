variable "name" {
  description = "What everything is called, or begins with."
  type        = string
  default     = "taskoverflow"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name)) && !startswith(var.name, "internal-") && !strcontains(var.name, "--")
    error_message = "3 to 28 lower-case letters, digits and single hyphens, beginning with a letter: the balancer allows no more."
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
  description = "The digest of the image in the registry; deploy.sh builds the image and passes this."
  type        = string
  default     = null

  validation {
    condition     = var.image_digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "A digest is sha256: and 64 hexadecimal digits."
  }
}

variable "images_kept" {
  description = "How many of the newest images stay in the registry, to roll back to."
  type        = number
  default     = 20

  validation {
    condition     = var.images_kept >= 2
    error_message = "Keep two at least: the one that runs and the one before."
  }
}

variable "host_name" {
  description = "The name under which people reach it; without one, the balancer's own."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "A certificate of ACM for host_name, in the same region; without one it is plain HTTP."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || (can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn)) && var.host_name != null)
    error_message = "The ARN of an ACM certificate, together with the host_name that it is for."
  }
}

variable "mode" {
  description = "open: everybody shares one list and needs no account. private: everybody signs in; wants a certificate."
  type        = string
  default     = "open"

  validation {
    condition     = contains(["open", "private"], var.mode)
    error_message = "open or private."
  }

  validation {
    condition     = var.mode == "open" || var.certificate_arn != null
    error_message = "private needs a certificate_arn: passwords do not travel in the clear."
  }
}

variable "protect_data" {
  description = "Whether the database and the balancer refuse to be deleted, and a deleted database leaves a snapshot."
  type        = bool
  default     = true
}

variable "highly_available" {
  description = "Whether to outlive the loss of a zone: a standby database, AWS's services reached in every zone. Set web.min to 2 with it."
  type        = bool
  default     = false

  validation {
    condition     = !var.highly_available || var.web.min >= 2
    error_message = "Set web.min to 2 at least: one task lives in one zone."
  }
}

variable "zones" {
  description = "How many availability zones to lie in."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "2 or 3: balancer and database want two at least."
  }
}

variable "network_cidr" {
  description = "The private addresses of the network; change it where it meets another one's."
  type        = string
  default     = "10.64.0.0/16"

  validation {
    condition     = can(cidrhost(var.network_cidr, 0)) && endswith(var.network_cidr, "/16")
    error_message = "A network such as 10.64.0.0/16."
  }
}

variable "queue_name" {
  description = "The SQS queue's full name; one that ends in .fifo makes a FIFO queue."
  type        = string
  default     = "ical"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,70}(\\.fifo)?$", var.queue_name))
    error_message = "1 to 70 letters, digits, hyphens and underscores, and .fifo if it is to be one."
  }
}

variable "redis" {
  description = "An existing Redis instead of SQS: the secret that holds its whole URL, and where the tasks reach it."
  type = object({
    url_secret_arn = string
    cidr           = string
    port           = optional(number, 6379)
  })
  default = null

  validation {
    condition     = var.redis == null || (can(cidrhost(var.redis.cidr, 0)) && can(regex("^arn:aws[a-z-]*:secretsmanager:", var.redis.url_secret_arn)))
    error_message = "url_secret_arn is the ARN of a secret, cidr an address range such as 10.0.0.7/32."
  }

  validation {
    condition     = var.redis == null || !endswith(try(var.redis.cidr, ""), "/0")
    error_message = "cidr is Redis's own addresses, not everybody's."
  }
}

variable "web" {
  description = "The web tasks: the size of each (as Fargate has them), how few and how many, and what each is to carry."
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
    error_message = "At least one web task, and max no less than min."
  }
}

variable "worker" {
  description = "The workers: the size of each, how few (0: none while there is nothing to do) and how many, and how many messages may wait for each."
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
    error_message = "min is 0 or more, max 1 or more and no less than min."
  }

  validation {
    condition     = var.redis == null || var.worker.min >= 1
    error_message = "Only with SQS can workers go down to zero: nothing else would wake them."
  }
}

variable "database" {
  description = "The database: PostgreSQL's major version, the machine, its disk in GiB now and at most, the days to which it can be restored, and the days between changes of its password."
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
    error_message = "A major version from 15 on: RDS refuses unencrypted connections from there on without being told to."
  }

  validation {
    condition     = 20 <= var.database.storage_gb && var.database.storage_gb < var.database.max_storage_gb
    error_message = "storage_gb is 20 or more, and max_storage_gb above it."
  }

  validation {
    condition     = 1 <= var.database.backup_days && var.database.backup_days <= 35
    error_message = "backup_days is 1 to 35."
  }

  validation {
    condition     = 1 <= var.database.password_days && var.database.password_days <= 1000
    error_message = "password_days is 1 to 1000."
  }
}

variable "secret_key_version" {
  description = "Raise it to make a new secret key: everybody is signed out, and every feed gets a new address."
  type        = number
  default     = 1
}

variable "existing_role_arn" {
  description = "Where no roles may be made (the course's LabRole): the one to use for everything."
  type        = string
  default     = null

  validation {
    condition     = var.existing_role_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", var.existing_role_arn))
    error_message = "The ARN of a role."
  }
}

variable "log_days" {
  description = "For how many days logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "One of the periods that CloudWatch has: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "alarm_mail" {
  description = "Who gets mail when an alarm rings; AWS asks them first whether they want to."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_mail == null || can(regex("^[^@ ]+@[^@ ]+$", var.alarm_mail))
    error_message = "A mail address."
  }
}

variable "metrics_cidr" {
  description = "The private addresses of a Prometheus of yours, which then reads /metrics of each task; by default nobody does."
  type        = string
  default     = null

  validation {
    condition     = var.metrics_cidr == null || (can(cidrhost(var.metrics_cidr, 0)) && !endswith(coalesce(var.metrics_cidr, "-"), "/0"))
    error_message = "The address range of a monitor, such as 10.64.240.10/32."
  }
}

variable "message_age_seconds" {
  description = "How long a message may wait before an alarm rings."
  type        = number
  default     = 300
}
