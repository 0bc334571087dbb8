#!/usr/bin/env bash
# Bring the whole system up in an AWS account, renew it, or take it down.
#
#   deploy.sh               build the image of this checkout, push it, migrate, roll workers, then web
#   deploy.sh --digest D    the same with an image that is in the registry already: how to roll back
#   deploy.sh --dry-run     say what would be done, and do none of it
#   deploy.sh --destroy     take everything down, the data too
#
# With --yes it asks nothing. Settings are Terraform's: app/terraform.tfvars (app/example.tfvars shows them), or
# TF_VAR_<name> in the environment. Run again, it changes nothing.
set -euo pipefail

terraform_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_folder=$(dirname "$terraform_folder")

# Everything that the migration needs: the services come after it.
foundation=(-target=module.network -target=module.database -target=module.roles -target=aws_ecs_cluster.app
  -target='module.task["migration"]')

fail() {
  echo "deploy.sh: $*" >&2
  exit 1
}

step() { echo "== $*"; }

# perform COMMAND...: does it, or in a dry run says it.
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
    *) fail "there is no option $1; --help lists them." ;;
    esac
    shift
  done

  check_tools
  approve=(-input=false -auto-approve)
  if ! $yes && ! $dry_run; then
    [[ -t 0 ]] || fail "nobody is here to ask: add --yes."
    approve=(-input=true)
  fi
  [[ -t 1 ]] || export TF_CLI_ARGS=-no-color
  tf init -input=false >/dev/null

  if $destroy; then take_down; else bring_up; fi
}

check_tools() {
  command -v terraform >/dev/null || fail "Terraform is not here: install terraform 1.11 or later."
  command -v aws >/dev/null || fail "the AWS command line is not here: install awscli."
  aws sts get-caller-identity >/dev/null 2>&1 ||
    fail "AWS does not know you: run 'aws configure', or name your credentials file in AWS_SHARED_CREDENTIALS_FILE."
  if ! $destroy && [[ -z $digest ]]; then
    command -v git >/dev/null || fail "git is not here: an image is named by its source."
    git -C "$source_folder" rev-parse >/dev/null 2>&1 || fail "this is no git checkout: an image is named by its source."
    command -v docker >/dev/null || fail "Docker is not here: install it, or deploy an image that was pushed (--digest)."
    docker info >/dev/null 2>&1 || fail "Docker does not answer: start it."
  fi
}

bring_up() {
  step "Registry"
  apply -target=module.registry
  repository=$(tf output -raw repository_url 2>/dev/null) || repository=
  if [[ $repository != *.dkr.ecr.* ]]; then
    $dry_run || fail "Terraform made no registry."
    repository=ACCOUNT.dkr.ecr.${AWS_REGION:-REGION}.amazonaws.com/taskoverflow
  else
    AWS_REGION=$(cut -d. -f4 <<<"$repository") # Terraform's region is the one that counts
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
  *) fail "Terraform found no plan." ;;
  esac

  step "Everything but the services"
  apply "${image[@]}" "${foundation[@]}"
  step "Migration"
  migrate
  step "Workers, then web, until both are steady"
  apply "${image[@]}"
  # A deployment that fails goes back by itself, and Terraform takes that for steady.
  $dry_run || tf plan -input=false -detailed-exitcode "${image[@]}" >/dev/null ||
    fail "a service went back to the image before: its events and its log say why."
  return_address
}

# Sets digest to that of the image of this very source, built and pushed unless the registry has it.
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
    $dry_run || fail "the registry does not have the image that was pushed."
    digest=sha256:$(printf '0%.0s' {1..64})
  fi
}

# The name of what goes into the image, whether committed or not; the same source has the same name everywhere.
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
  [[ $task == arn:* ]] || fail "the migration did not start: look into the service quotas of Fargate."
  aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task"
  code=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].containers[0].exitCode' --output text)
  if [[ $code != 0 ]]; then
    aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].stoppedReason' --output text >&2
    aws logs tail "$(tf output -raw migration_log)" --since 15m >&2 || true
    fail "the migration ended with $code; the services run on as before."
  fi
}

return_address() {
  local address
  if address=$(tf output -raw address 2>/dev/null); then step "$address"; fi
}

take_down() {
  step "Lift the protection of database, balancer and secret"
  apply -var protect_data=false -target=module.database -target=module.balancer -target=module.secrets
  step "Destroy"
  perform tf destroy "${approve[@]}" -var protect_data=false
}

main "$@"
