#!/usr/bin/env bash
# Deploy the whole system to an AWS account, update it, or destroy it.
#
#   deploy.sh               build and push the image of this checkout, migrate, update workers, then web tasks
#   deploy.sh --digest D    the same with an image that is already in the registry, for example to roll back
#   deploy.sh --dry-run     print what would be done
#   deploy.sh --destroy     destroy everything, including all data
#
# --yes skips all questions. Settings are Terraform variables: app/terraform.tfvars (see app/example.tfvars), or
# TF_VAR_<name> in the environment. If nothing changed, another run changes nothing.
set -euo pipefail

terraform_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_folder=$(dirname "$terraform_folder")

# Everything that the migration needs, and the queues that events go to. The services are applied after it.
foundation=(-target=module.network -target=module.database -target=module.roles -target=module.topic
  -target=aws_ecs_cluster.app -target='module.task["migration"]')

fail() {
  echo "deploy.sh: $*" >&2
  exit 1
}

step() { echo "== $*"; }

# perform COMMAND...: run it, or print it in a dry run.
perform() { if $dry_run; then echo "+ $*"; else "$@"; fi; }

tf() { terraform -chdir="$terraform_folder/app" "$@"; }

apply() { perform tf apply "${approve[@]}" "$@"; }

main() {
  dry_run=false destroy=false yes=false digest=
  while (($#)); do
    case $1 in
    --dry-run) dry_run=true ;;
    --destroy) destroy=true ;;
    --yes) yes=true ;;
    --digest)
      [[ ${2-} =~ ^sha256:[0-9a-f]{64}$ ]] || fail "--digest takes sha256: and 64 hexadecimal digits."
      digest=$2
      shift
      ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit ;;
    *) fail "unknown option $1; --help lists all options." ;;
    esac
    shift
  done

  check_tools
  approve=(-input=false -auto-approve)
  if ! $yes && ! $dry_run; then
    [[ -t 0 ]] || fail "no terminal to ask for confirmation: add --yes."
    approve=(-input=true)
  fi
  [[ -t 1 ]] || export TF_CLI_ARGS=-no-color
  tf init -input=false >/dev/null

  if $destroy; then take_down; else bring_up; fi
}

check_tools() {
  command -v terraform >/dev/null || fail "Terraform not found: install terraform 1.11 or later."
  command -v aws >/dev/null || fail "AWS command line not found: install awscli."
  aws sts get-caller-identity >/dev/null 2>&1 ||
    fail "AWS rejected your credentials: run 'aws configure', or set AWS_SHARED_CREDENTIALS_FILE."
  if ! $destroy && [[ -z $digest ]]; then
    command -v git >/dev/null || fail "git not found: the image tag is computed with git."
    git -C "$source_folder" rev-parse >/dev/null 2>&1 || fail "not a git checkout: the image tag is computed with git."
    command -v docker >/dev/null || fail "Docker not found: install it, or deploy an existing image with --digest."
    docker info >/dev/null 2>&1 || fail "Docker is not running: start it."
  fi
}

bring_up() {
  step "Registry"
  apply -target=module.registry
  repository=$(tf output -raw repository_url 2>/dev/null) || repository=
  if [[ $repository != *.dkr.ecr.* ]]; then
    $dry_run || fail "Terraform did not create a registry."
    repository=ACCOUNT.dkr.ecr.${AWS_REGION:-REGION}.amazonaws.com/taskoverflow
  else
    AWS_REGION=$(cut -d. -f4 <<<"$repository") # use Terraform's region
    export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
  fi

  [[ -n $digest ]] || find_or_build_image
  step "Image $digest"
  image=(-var "image_digest=$digest")

  local changes=0
  tf plan -input=false -detailed-exitcode "${image[@]}" || changes=$?
  case $changes in
  0) step "Nothing to change" && return_address && return ;;
  2) ;;
  *) fail "terraform plan failed." ;;
  esac

  step "Everything except the services"
  apply "${image[@]}" "${foundation[@]}"
  step "Migration"
  migrate
  step "Workers, then web tasks, until both are stable"
  apply "${image[@]}"
  # A failed deployment rolls back automatically, and Terraform considers that stable.
  $dry_run || tf plan -input=false -detailed-exitcode "${image[@]}" >/dev/null ||
    fail "a service was rolled back to the previous image: check its events and its log."
  return_address
}

# Sets digest to that of the image of this source, built and pushed unless it is already in the registry.
find_or_build_image() {
  local tag
  tag=$(source_tree)
  digest=$(image_digest "$tag")
  if [[ -z $digest ]]; then
    step "Build and push $tag"
    perform docker build --platform linux/amd64 -t "$repository:$tag" "$source_folder"
    $dry_run || aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}" >/dev/null
    perform docker push "$repository:$tag"
    digest=$(image_digest "$tag")
  fi
  if [[ -z $digest ]]; then
    $dry_run || fail "the pushed image is not in the registry."
    digest=sha256:$(printf '0%.0s' {1..64})
  fi
}

# Prints a tag for the contents of the image, committed or not. The same source has the same tag everywhere.
source_tree() {
  local index
  index=$(mktemp -u)
  (
    export GIT_INDEX_FILE=$index
    cd "$source_folder"
    git add --all
    sed '/^#/d; /^$/d' .dockerignore |
      git rm -r --cached --force --quiet --ignore-unmatch --pathspec-from-file=-
    git write-tree
  )
  rm -f "$index"
}

image_digest() {
  local found
  found=$(aws ecr describe-images --repository-name "${repository#*/}" --image-ids "imageTag=$1" \
    --query 'imageDetails[0].imageDigest' --output text 2>/dev/null) || return 0
  if [[ $found == sha256:* ]]; then echo "$found"; fi
}

migrate() {
  if $dry_run; then
    echo "+ aws ecs run-task (manage.py migrate), and wait for it"
    return
  fi
  local cluster task code
  cluster=$(tf output -raw cluster)
  task=$(aws ecs run-task --cluster "$cluster" --launch-type FARGATE --started-by deploy.sh \
    --task-definition "$(tf output -raw migration_task)" --network-configuration "$(tf output -raw task_network)" \
    --query 'tasks[0].taskArn' --output text)
  [[ $task == arn:* ]] || fail "the migration did not start: check the service quotas of Fargate."
  aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task"
  code=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].containers[0].exitCode' --output text)
  if [[ $code != 0 ]]; then
    aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].stoppedReason' --output text >&2
    aws logs tail "$(tf output -raw migration_log)" --since 15m >&2 || true
    fail "the migration failed with exit code $code; the services are unchanged."
  fi
}

return_address() {
  local address
  if address=$(tf output -raw address 2>/dev/null); then step "$address"; fi
}

take_down() {
  step "Disable protection of database, load balancer and secret"
  apply -var protect_data=false -target=module.database -target=module.balancer -target=module.secrets
  step "Destroy"
  perform tf destroy "${approve[@]}" -var protect_data=false
}

main "$@"
