# Copy to terraform.tfvars. Every line is optional; variables.tf lists all variables.

region     = "us-east-1"
alarm_mail = "operator@example.org"

# HTTPS and accounts:
# host_name       = "todo.example.org"
# certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/…"
# mode            = "private"

# Accounts that cannot create roles:
# existing_role_arn = "arn:aws:iam::123456789012:role/LabRole"

# Events of all lists, for programs of yours, each with a queue of its own:
# event_topic = { queues = ["search", "audit"] }

# Scale workers to zero when idle:
# worker = { min = 0 }

# More users:
# highly_available = true
# web              = { cpu = 512, memory = 1024, min = 2, max = 10 }
# database         = { instance_class = "db.t4g.medium", storage_gb = 50, max_storage_gb = 500 }
