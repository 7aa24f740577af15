import json

import pytest

from tests.resolve.where import acting, where

CONFIGURATIONS = {
    "~/.config/gcloud/active_config": "live",
    "~/.config/gcloud/configurations/config_live": "[core]\naccount = me\nproject = acme-prod\n",
    "~/.config/gcloud/configurations/config_play": "[core]\nproject = acme-dev\n",
    "~/.config/gcloud/configurations/config_blue": "[core]\nproject = acme-prod\n",
    "~/.config/gcloud/configurations/config_default": "[core]\nproject = acme-staging\n",
    "moved/active_config": "play",
    "moved/configurations/config_play": "[core]\nproject = acme-dev\n",
    "flags.yaml": "--project: acme-prod\n--quiet:\n",
    "list.yaml": "- --quiet:\n- --project: acme-prod\n",
}
GCLOUD = [
    ("gcloud compute x", {}, "prod"),
    ("gcloud --project acme-dev compute x", {}, "dev"),
    ("gcloud --project acme compute x", {}, "unknown"),
    ("gcloud --project acme-dev compute x", {"CLOUDSDK_CORE_PROJECT": "acme-prod"}, "dev"),
    ("gcloud compute x", {"CLOUDSDK_CORE_PROJECT": "acme-dev"}, "dev"),
    ("gcloud --configuration play compute x", {"CLOUDSDK_CORE_PROJECT": "acme-prod"}, "prod"),
    ("gcloud --configuration play compute x", {}, "dev"),
    ("gcloud --configuration blue compute x", {"CLOUDSDK_ACTIVE_CONFIG_NAME": "play"}, "prod"),
    ("gcloud compute x", {"CLOUDSDK_ACTIVE_CONFIG_NAME": "play"}, "dev"),
    ("gcloud compute x", {"GOOGLE_CLOUD_PROJECT": "acme-dev"}, "prod"),
    ("gcloud compute x", {"CLOUDSDK_CONFIG": "moved"}, "dev"),
    ("gcloud compute x", {"CLOUDSDK_CONFIG": "/nowhere"}, "unknown"),
    ("gcloud --flags-file flags.yaml compute x", {"CLOUDSDK_CORE_PROJECT": "acme-dev"}, "prod"),
    ("gcloud --flags-file list.yaml compute x", {"CLOUDSDK_CORE_PROJECT": "acme-dev"}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "tier"), GCLOUD)
def test_gcloud_takes_the_project_it_would_really_use(line: str, env: dict[str, str], tier: str):
    assert where("gcloud", line, env=env, files=CONFIGURATIONS).tier == tier


def test_without_an_active_configuration_the_default_one_counts():
    files = {k: v for k, v in CONFIGURATIONS.items() if not k.endswith("active_config")}
    assert where("gcloud", "gcloud compute x", files=files).tier == "staging"


NAMED = [
    ("gsutil -m rm -r gs://acme-production-data", ("gs://acme-production-data",), "gcloud.bucket", "prod"),
    ("gsutil rm gs://acme/prod/x", ("gs://acme/prod/x",), "gcloud.object", "unknown"),
    ("bq rm -r -f -d acme-prod:orders", ("acme-prod:orders",), "bigquery.dataset", "prod"),
    ("bq rm -t acme-staging.orders.lines", ("acme-staging.orders.lines",), "bigquery.table", "staging"),
    ("bq --project_id acme-prod rm orders", ("orders",), "bigquery.dataset", "prod"),
    ("bq -project_id acme-prod rm orders", ("orders",), "bigquery.dataset", "prod"),
    ("gcloud projects delete acme-prod", ("acme-prod",), "gcloud.projects", "prod"),
    ("gcloud compute instances delete prod-1", ("prod-1",), "gcloud.instance", "prod"),
    ("gcloud compute instances delete dev-1", ("dev-1",), "gcloud.instance", "unknown"),
    ("gcloud kms x", ("projects/acme-prod/locations/eu/keyRings/k",), "gcloud.key", "prod"),
]


@pytest.mark.parametrize(("line", "objects", "kind", "tier"), NAMED)
def test_what_a_google_command_names_counts(line: str, objects: tuple[str, ...], kind: str, tier: str):
    assert where("gcloud", line, effect=acting(kind, *objects)).tier == tier


BIGQUERY = [
    ("bq rm orders", {}, "prod"),
    ("bq --project_id acme-dev rm orders", {}, "dev"),
    ("bq rm orders", {"CLOUDSDK_CORE_PROJECT": "acme-dev"}, "prod"),
    ("bq rm orders", {"BIGQUERYRC": "other"}, "dev"),
    ("gcloud compute x", {}, "dev"),
]


@pytest.mark.parametrize(("line", "env", "tier"), BIGQUERY)
def test_bq_reads_its_own_file_before_the_one_it_shares(line: str, env: dict[str, str], tier: str):
    files = {
        "~/.bigqueryrc": "credential_file = x\nproject_id = acme-prod\n",
        "other": "project_id = acme-dev\n",
        "~/.config/gcloud/configurations/config_default": "[core]\nproject = acme-dev\n",
    }
    assert where("gcloud", line, env=env, files=files).tier == tier


SUBSCRIPTIONS = [{"id": "1", "name": "Shop Dev"}, {"id": "2", "name": "Shop Production", "isDefault": True}]
PROFILE = {
    "~/.azure/azureProfile.json": "\ufeff" + json.dumps({"subscriptions": SUBSCRIPTIONS}),
    "moved/azureProfile.json": json.dumps({"subscriptions": [{"id": "1", "name": "Shop Dev", "isDefault": True}]}),
    "grouped/config": "[defaults]\ngroup = rg-prod\n",
}
AZURE = [
    ("az vm delete -n a", {}, "prod"),
    ("az vm delete -n a --subscription shop-dev", {}, "dev"),
    ("az vm delete -n a --subscription 9", {}, "unknown"),
    ("az vm delete -n a", {"AZURE_CONFIG_DIR": "moved"}, "dev"),
    ("az vm delete -n a -g rg-prod --subscription shop-dev", {}, "prod"),
    ("az vm delete -n a -g rg-dev --subscription 9", {}, "dev"),
    ("az vm delete -n a --subscription 9", {"AZURE_DEFAULTS_GROUP": "rg-prod"}, "prod"),
    ("az vm delete -n a -g rg-dev --subscription 9", {"AZURE_DEFAULTS_GROUP": "rg-prod"}, "dev"),
    ("az vm delete -n a --subscription 9", {"AZURE_CONFIG_DIR": "grouped"}, "prod"),
    ("az vm delete --subscription 9 --ids /subscriptions/9/resourceGroups/rg-prod/x", {}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "tier"), AZURE)
def test_az_takes_the_subscription_and_group_it_would_really_use(line: str, env: dict[str, str], tier: str):
    assert where("azure", line, env=env, files=PROFILE).tier == tier


def test_deleting_a_group_is_judged_by_its_name():
    assert where("azure", "az group delete -n rg-prod", effect=acting("azure.group", "rg-prod")).tier == "prod"


def _backend(**config: str) -> str:
    return json.dumps({"backend": {"type": "s3", "config": {"secret_key": "sesame", **config}}})


TERRAFORM = [
    ("terraform destroy", {}, {}, "unknown"),
    ("terraform destroy", {"TF_WORKSPACE": "prod"}, {".terraform/environment": "dev"}, "prod"),
    ("terraform destroy", {"TF_WORKSPACE": "dev"}, {".terraform/environment": "prod"}, "dev"),
    ("terraform destroy", {}, {".terraform/environment": "prod\n"}, "prod"),
    ("terraform destroy", {}, {".terraform/environment": "default"}, "unknown"),
    ("terraform destroy", {"TF_DATA_DIR": "other"}, {".terraform/environment": "prod"}, "unknown"),
    ("terraform destroy", {"TF_DATA_DIR": "other"}, {"other/environment": "staging"}, "staging"),
    ("terraform destroy", {}, {".terraform/terraform.tfstate": _backend(bucket="acme", key="prod/state")}, "prod"),
    ("terraform destroy", {}, {".terraform/terraform.tfstate": _backend(bucket="acme-dev", key="state")}, "dev"),
    ("terraform -chdir=infra/prod destroy", {}, {}, "prod"),
    ("terraform -chdir=infra/dev destroy", {}, {}, "unknown"),
    ("terraform -chdir=infra destroy", {}, {"infra/.terraform/environment": "prod"}, "prod"),
    ("terraform destroy -var-file prod.tfvars", {}, {}, "prod"),
    ("terraform destroy -var-file envs/prod/x.tfvars", {}, {}, "prod"),
    ("terraform destroy -var-file a.tfvars", {}, {"a.tfvars": 'environment = "prod"\npassword = "sesame"\n'}, "prod"),
    ("terraform destroy", {}, {"prod.auto.tfvars": ""}, "prod"),
    ("terraform destroy", {}, {"terraform.tfvars": 'env = "prod"\n'}, "prod"),
    ("terraform destroy", {}, {"terraform.tfvars": 'name = "prod"\n'}, "unknown"),
    ("terraform destroy -var env=prod", {}, {}, "prod"),
    ("terraform destroy -var name=prod", {}, {}, "unknown"),
    ("terraform destroy", {"TF_VAR_environment": "prod"}, {}, "prod"),
    ("terraform destroy", {"AWS_PROFILE": "prod"}, {}, "prod"),
    ("terraform destroy", {"AWS_PROFILE": "dev"}, {}, "unknown"),
    ("terraform destroy", {"TF_CLI_ARGS_destroy": "-lock=false -var-file=prod.tfvars"}, {}, "prod"),
    ("terraform init -backend-config=prod.hcl", {}, {}, "prod"),
    ("terraform destroy", {}, {"main.tf": 'provider "aws" {\n  profile = "prod"\n}\n'}, "prod"),
    ("terraform destroy", {}, {"main.tf": 'resource "x" "y" {\n  profile = "prod"\n}\n'}, "unknown"),
    ("terraform destroy", {}, {".git/HEAD": "ref: refs/heads/dev\n"}, "unknown"),
    ("terragrunt destroy --terragrunt-working-dir live/eu", {}, {}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "files", "tier"), TERRAFORM)
def test_terraform_is_the_state_it_would_change(line: str, env: dict[str, str], files: dict[str, str], tier: str):
    assert where("terraform", line, env=env, files=files).tier == tier


def test_deleting_a_workspace_is_judged_by_its_name():
    effect = acting("terraform.workspace", "prod")
    assert where("terraform", "terraform workspace delete prod", effect=effect).tier == "prod"
