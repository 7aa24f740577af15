import pytest

from agentguard.model.command import Via
from tests.resolve.where import acting, claiming, command, where

CONFIG = """
[default]
region = us-east-1
[profile prod]
role_arn = arn:aws:iam::111111111111:role/admin
source_profile = default
[profile staging]
region = eu-west-1
[profile dev]
endpoint_url = http://localhost:4566
[profile shop]
sso_account_id = 111111111111
sso_account_name = shop-production
[profile plain]
region = us-east-1
[profile borrowing]
source_profile = prod
role_arn = arn:aws:iam::222222222222:role/reader
[profile circle]
source_profile = circle
role_arn = arn:aws:iam::222222222222:role/reader
[profile nested]
s3 =
    endpoint_url = http://localhost:9000
sso_account_name = shop-production
[profile minio]
services = here
[services here]
s3 =
  endpoint_url = http://localhost:9000
"""
FILES = {
    "~/.aws/config": CONFIG,
    "~/.aws/credentials": "[keyed-prod]\naws_secret_access_key = sesame\n",
    "elsewhere": "[profile plain]\nsso_account_name = shop-production\n",
    "keys": "[plain]\nrole_arn = arn:aws:iam::1:role/prod-admin\n",
}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "sesame"}

PRECEDENCE = [
    ("aws rds delete --profile prod", {}, "prod"),
    ("aws --profile prod rds delete --profile staging", {}, "staging"),
    ("aws rds delete", {"AWS_PROFILE": "prod"}, "prod"),
    ("AWS_PROFILE=prod aws rds delete", {"AWS_PROFILE": "staging"}, "prod"),
    ("aws --profile staging rds delete", {"AWS_PROFILE": "prod"}, "staging"),
    ("aws --profile staging rds delete", {"AWS_PROFILE": "prod", **KEYS}, "staging"),
    ("aws rds delete", {"AWS_PROFILE": "staging", **KEYS}, "unknown"),
    ("aws rds delete", {"AWS_PROFILE": "staging", "AWS_ACCESS_KEY_ID": "AKIA"}, "staging"),
    ("aws rds delete", {"AWS_DEFAULT_PROFILE": "prod", "AWS_PROFILE": "dev"}, "prod"),
    ("aws rds delete", {"AWS_DEFAULT_PROFILE": "dev", "AWS_PROFILE": "prod"}, "prod"),
    ("aws rds delete", {"AWS_DEFAULT_PROFILE": "plain", "AWS_PROFILE": "dev"}, "unknown"),
    ("aws rds delete", {}, "unknown"),
    ("aws --profile shop rds delete", {}, "prod"),
    ("aws --profile plain rds delete", {}, "unknown"),
    ("aws --profile plain rds delete", {"AWS_CONFIG_FILE": "elsewhere"}, "prod"),
    ("aws --profile plain rds delete", {"AWS_SHARED_CREDENTIALS_FILE": "keys"}, "prod"),
    ("aws --profile keyed-prod rds delete", {}, "prod"),
    ("aws --profile borrowing rds delete", {}, "prod"),
    ("aws --profile circle rds delete", {}, "unknown"),
    ("aws rds delete", {"AWS_VAULT": "prod", **KEYS}, "prod"),
    ("aws --profile prod --endpoint-url http://localhost:4566 rds delete", {}, "dev"),
    ("aws --profile prod --endpoint-url https://rds.amazonaws.com rds delete", {}, "prod"),
    ("aws --profile plain --endpoint-url https://s3.prod.internal rds delete", {}, "prod"),
    ("aws --profile prod rds delete", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "dev"),
    ("aws --profile prod rds delete", {"AWS_ENDPOINT_URL_RDS": "http://127.0.0.1:4566"}, "dev"),
    ("aws --profile prod rds delete", {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:4566"}, "prod"),
    (
        "aws --profile plain rds delete",
        {"AWS_ENDPOINT_URL_RDS": "https://x.prod.internal", "AWS_ENDPOINT_URL": "http://localhost"},
        "prod",
    ),
    ("aws --profile prod --endpoint-url http://localhost rds delete", {"AWS_ENDPOINT_URL": "https://x.example"}, "dev"),
    ("aws --profile dev rds delete", {"AWS_ENDPOINT_URL": "https://x.prod.internal"}, "prod"),
    ("aws --profile dev rds delete", {}, "dev"),
    (
        "aws --profile prod rds delete",
        {"AWS_ENDPOINT_URL": "http://localhost", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        "prod",
    ),
    (
        "aws --profile prod --endpoint-url http://localhost rds x",
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        "dev",
    ),
    ("aws --profile nested s3api delete", {}, "prod"),
    ("aws --profile minio s3api delete", {}, "dev"),
    ("aws --profile minio rds delete", {}, "unknown"),
]


@pytest.mark.parametrize(("line", "env", "tier"), PRECEDENCE)
def test_aws_takes_the_source_it_would_really_use(line: str, env: dict[str, str], tier: str):
    assert where("aws", line, env=env, files=FILES, depth=2).tier == tier


REGION_ROWS = [
    ("aws --region eu-west-1 rds delete", {"AWS_DEFAULT_REGION": "us-east-1"}, "prod"),
    ("aws --region us-east-1 rds delete", {"AWS_DEFAULT_REGION": "eu-west-1"}, "unknown"),
    ("aws --profile plain rds delete", {"AWS_DEFAULT_REGION": "eu-west-1"}, "prod"),
    ("aws --profile plain rds delete", {"AWS_REGION": "eu-west-1"}, "prod"),
    ("aws --profile plain rds delete", {}, "unknown"),
    ("aws --profile staging rds delete", {}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "tier"), REGION_ROWS)
def test_a_region_can_be_claimed(line: str, env: dict[str, str], tier: str):
    found = where("aws", line, env=env, files=FILES, depth=2, names=claiming("prod", "regions", "eu-west-1"))
    assert found.tier == tier


def test_a_bucket_tells_its_environment_by_itself():
    prod = acting("aws.s3.object", "s3://prod-data/dev/x")
    dev = acting("aws.s3.bucket", "acme-dev")
    assert where("aws", "aws s3 rm s3://prod-data/dev/x", effect=prod).tier == "prod"
    assert where("aws", "aws s3 rb s3://acme-dev", effect=dev).tier == "dev"
    assert where("aws", "aws s3 rm", effect=acting("aws.s3.object", "s3://acme/prod/x")).tier == "unknown"


def test_another_resource_only_raises():
    assert where("aws", "aws iam delete", effect=acting("aws.iam.user", "ci")).tier == "unknown"
    assert where("aws", "aws rds delete", effect=acting("aws.rds.db-instance", "orders-prod")).tier == "prod"


def test_a_vault_lends_its_profile():
    carried = command("aws s3 rb s3://acme", depth=2, via=(Via("wrapper", "aws-vault", place="prod"),))
    assert where("aws", carried).tier == "prod"
    lent = command("AWS_PROFILE=prod aws s3 rb s3://acme", depth=2, via=(Via("wrapper", "aws-vault"),))
    assert where("aws", lent, env=KEYS).tier == "prod"


def test_an_endpoint_behind_a_tunnel_is_not_dev():
    tunnel = {4566: ("socat", "TCP-LISTEN:4566", "TCP:10.0.0.1:443")}
    line = "aws --profile plain --endpoint-url http://localhost:4566 rds delete"
    assert where("aws", line, files=FILES, listeners=tunnel).tier == "unknown"
