# An image that Terraform builds and pushes, as an alternative to deploy.sh:
#
#   terraform apply -var build_image=true -target=data.aws_ecr_image.built

locals {
  source = abspath("${path.root}/../..")
  # What the image contains. The tag is a hash of it: the same source is built once.
  source_files = [
    for file in sort(setunion(
      fileset(local.source, "{Dockerfile,manage.py,requirements.txt}"),
      [for folder in local.source_folders : fileset(local.source, "${folder}/**")]...
    )) : file if !strcontains(file, "__pycache__")
  ]
  source_folders = [
    "accounts", "background", "brokers", "calendars", "database", "followers", "locale", "observability", "observatory", "operations", "reminders", "static", "taskoverflow", "templates", "todos",
    "web",
  ]
  source_hash = sha256(join("\n", [for file in local.source_files : "${file} ${filesha256("${local.source}/${file}")}"]))
  built_tag   = "terraform-${substr(local.source_hash, 0, 40)}"
}

resource "terraform_data" "image" {
  count            = var.build_image ? 1 : 0
  triggers_replace = [module.registry.url, local.built_tag]

  # Tags are immutable: an image that is already there is left alone.
  provisioner "local-exec" {
    interpreter = ["bash", "-euo", "pipefail", "-c"]
    command     = <<-EOT
      aws ecr describe-images --repository-name "$${URL#*/}" --image-ids "imageTag=$TAG" >/dev/null 2>&1 && exit
      docker build --platform linux/amd64 -t "$URL:$TAG" "$SOURCE"
      aws ecr get-login-password | docker login --username AWS --password-stdin "$${URL%%/*}"
      docker push "$URL:$TAG"
    EOT
    environment = {
      URL        = module.registry.url
      TAG        = local.built_tag
      SOURCE     = local.source
      AWS_REGION = var.region
    }
  }
}

data "aws_ecr_image" "built" {
  count           = var.build_image ? 1 : 0
  repository_name = var.name
  image_tag       = local.built_tag
  depends_on      = [terraform_data.image]
}
