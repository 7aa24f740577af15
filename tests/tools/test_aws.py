"""What an `aws` command would do: by its words, by the members of its request, and by the files that it names."""

from __future__ import annotations

import pytest

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.effect import CLASS_ORDER, class_of
from agentguard.model.environment import Tier
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped

CHECKOUT = "/home/dev/shop"
TOOLBOX = Toolbox(shipped())
FILES = {
    "zero.json": '{"service": "api", "desiredCount": 0}',
    "two.json": '{"service": "api", "desiredCount": 2}',
    "zero.yaml": "service: api\ndesiredCount: 0\n",
    "unprotected.json": '{"DBInstanceIdentifier": "a", "DeletionProtection": false}',
    "scaling.json": '{"minSize": 0, "desiredSize": 0}',
    "create.json": '{"Changes": [{"Action": "CREATE"}]}',
    "upsert.json": '{"Changes": [{"Action": "UPSERT"}]}',
    "gone.json": '{"Changes": [{"Action": "CREATE"}, {"Action": "DELETE"}]}',
    "puts.json": '{"orders": [{"PutRequest": {"Item": {}}}]}',
    "deletes.json": '{"orders": [{"PutRequest": {"Item": {}}}, {"DeleteRequest": {"Key": {}}}]}',
    "no.json": "{",
    "drop.sql": "drop table orders",
    "look.sql": "select 1",
    "sql.json": '{"sql": "drop table orders"}',
    "boot.sh": "rm -r /srv/data\n",
    "commands.json": '{"commands": ["cd /srv", "rm -r /srv/data"], "executionTimeout": ["60"]}',
    "request.json": '{"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["rm -r /srv/data"]}}',
}
SSM = "aws ssm send-command --document-name AWS-RunShellScript --instance-ids i-1"

ROWS = [
    # words, and what the access levels of IAM say of them
    ("aws logs delete-log-group --log-group-name /shop", "delete one aws.logs.log-group"),
    ("aws lambda delete-function --function-name f", "delete one aws.lambda.function"),
    ("aws elasticbeanstalk rebuild-environment --environment-name e", "recreate one aws.elasticbeanstalk.environment"),
    ("aws elasticache test-failover --replication-group-id r", "disrupt one aws.elasticache.failover"),
    ("aws iam attach-role-policy --role-name r --policy-arn a", "expose one aws.iam.role-policy"),
    ("aws s3api put-bucket-tagging --bucket b --tagging file://t.json", "modify one aws.s3api.bucket-tagging"),
    ("aws stepfunctions start-execution --state-machine-arn a", "execute one aws.stepfunctions.execution"),
    ("aws logs stop-query --query-id q", "read"),
    ("aws redshift get-cluster-credentials --cluster-identifier c", "expose one aws.redshift.cluster-credential"),
    ("aws transfer start-remote-delete --connector-id c", "delete one aws.transfer.remote-delete"),
    # members of the request
    ("aws ecs update-service --service api --desired-count 0", "disrupt one aws.ecs.service"),
    ("aws ecs update-service --service api --desired-count 2", "modify one aws.ecs.service"),
    ("aws ecs update-service --service api --desired-count=0", "disrupt one aws.ecs.service"),
    ("aws ecs update-service --service api --desired 0", "disrupt one aws.ecs.service"),
    ('aws ecs update-service --service api --desired-count "$(wc -l < n)"', "disrupt one aws.ecs.service"),
    ("aws rds modify-db-instance --db-instance-identifier a --no-deletion-protection",
     "unprotect one aws.rds.db-instance"),
    ("aws rds modify-db-instance --db-instance-identifier a --deletion-protection", "modify one aws.rds.db-instance"),
    ("aws rds modify-db-instance --db-instance-identifier a --backup-retention-period 0",
     "unprotect one aws.rds.db-instance"),
    ("aws rds create-db-instance --db-instance-identifier a --no-deletion-protection",
     "create one aws.rds.db-instance"),
    ("aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name s",
     "unprotect one aws.cloudformation.termination-protection"),
    ("aws s3api put-bucket-versioning --bucket b --versioning-configuration Status=Suspended",
     "unprotect one aws.s3api.bucket-versioning"),
    ("aws s3api put-bucket-versioning --bucket b --versioning-configuration Status=Enabled",
     "modify one aws.s3api.bucket-versioning"),
    ("aws eks update-nodegroup-config --nodegroup-name n --scaling-config minSize=0,desiredSize=0",
     "disrupt one aws.eks.nodegroup-config"),
    ("aws eks update-nodegroup-config --nodegroup-name n --scaling-config file://scaling.json",
     "disrupt one aws.eks.nodegroup-config"),
    ("aws elbv2 modify-load-balancer-attributes --attributes Key=deletion_protection.enabled,Value=false",
     "unprotect one aws.elbv2.load-balancer-attribute"),
    ("aws ec2 modify-instance-attribute --instance-id i-1 --no-disable-api-termination",
     "unprotect one aws.ec2.instance-attribute"),
    ("aws ecr delete-repository --repository-name r --force", "delete all aws.ecr.repository"),
    # files
    ("aws ecs update-service --cli-input-json file://zero.json", "disrupt one aws.ecs.service"),
    ("aws ecs update-service --cli-input-yaml file://zero.yaml", "disrupt one aws.ecs.service"),
    ("aws ecs update-service --cli-input-json file://two.json", "modify one aws.ecs.service"),
    ("""aws ecs update-service --cli-input-json '{"desiredCount": 0}'""", "disrupt one aws.ecs.service"),
    ("""echo '{"desiredCount": 0}' > new.json; aws ecs update-service --cli-input-json file://new.json""",
     "disrupt one aws.ecs.service"),
    ("aws ecs update-service --cli-input-json file://absent.json", "unknown one aws.ecs.service"),
    ("aws ecs update-service --cli-input-json file://no.json", "unknown one aws.ecs.service"),
    ("aws ecs describe-services --cli-input-json file://absent.json", "read"),
    ("aws rds modify-db-instance --cli-input-json file://unprotected.json", "unprotect one aws.rds.db-instance"),
    ("aws route53 change-resource-record-sets --hosted-zone-id Z --change-batch file://create.json",
     "modify one aws.route53.resource-record-set"),
    ("aws route53 change-resource-record-sets --hosted-zone-id Z --change-batch file://upsert.json",
     "overwrite many aws.route53.resource-record-set"),
    ("aws route53 change-resource-record-sets --hosted-zone-id Z --change-batch file://gone.json",
     "delete many aws.route53.resource-record-set"),
    ("aws route53 change-resource-record-sets --hosted-zone-id Z --change-batch file://absent.json",
     "delete many aws.route53.resource-record-set"),
    ("aws dynamodb batch-write-item --request-items file://puts.json", "modify one aws.dynamodb.item"),
    ("aws dynamodb batch-write-item --request-items file://deletes.json", "delete many aws.dynamodb.item"),
    # what is carried
    ("aws rds-data execute-statement --resource-arn a --secret-arn s --sql file://drop.sql", "drop one sql.table"),
    ("aws rds-data execute-statement --resource-arn a --secret-arn s --sql file://look.sql", "read"),
    ("aws rds-data execute-statement --resource-arn a --secret-arn s --sql file://absent.sql", "unknown unknown code"),
    ("aws rds-data execute-statement --cli-input-json file://sql.json", "drop one sql.table"),
    ("aws rds-data execute-statement --cli-input-json file://absent.json", "unknown one aws.rds-data.statement"),
    ("""aws dynamodb execute-transaction --transact-statements '[{"Statement": "delete from orders"}]'""",
     "delete all sql.table"),
    ("aws dynamodb batch-execute-statement --statements Statement='select 1'", "read"),
    ("aws timestream-query query --query-string 'select 1'", "read"),
    (f"{SSM} --parameters commands='rm -r /srv/data'", "delete many file"),
    (f"{SSM} --parameters 'commands=[\"ls /\",\"rm -r /srv/data\"],executionTimeout=[\"60\"]'", "delete many file"),
    (f"{SSM} --parameters file://commands.json", "delete many file"),
    (f"{SSM} --parameters file://absent.json", "unknown unknown code"),
    ("aws ssm send-command --instance-ids i-1 --cli-input-json file://request.json", "delete many file"),
    ("aws ec2 run-instances --image-id ami-1 --user-data file://boot.sh", "delete many file"),
    # what makes harmless, and what does not
    ("aws ec2 delete-vpc --vpc-id v --dry-run", "read"),
    ("aws ec2 delete-vpc --vpc-id v --no-dry-run", "delete one aws.ec2.vpc"),
    ("aws rds delete-db-instance --db-instance-identifier a --dry-run", "delete all aws.rds.database"),
    ("aws ecs delete-cluster --cluster c --dry-run", "delete one aws.ecs.cluster"),
    ("aws s3 rm s3://acme-data --recursive --dryrun", "read"),
    ("aws ecs delete-cluster --generate-cli-skeleton", "read"),
    ("aws ecs delete-cluster help", "read"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "effect"), ROWS, ids=lambda text: text[:90])
def test_an_aws_command_does_this(line: str, effect: str) -> None:
    files = {f"{CHECKOUT}/{name}": text for name, text in FILES.items()}
    assert worst(line, Memory(files, {"HOME": "/home/dev"})) == effect


def worst(line: str, memory: Memory) -> str:
    """The gravest effect of a line, were it to land in production."""
    found = plan(Call(ShellLine(line), CHECKOUT), Surroundings(memory, CHECKOUT), TOOLBOX)
    effects = [finding.effect for finding in found.findings]
    return max(effects, key=lambda e: CLASS_ORDER.index(class_of(e, Tier.PROD))).describe()


ALIASES = """\
[toplevel]
killall = ec2 terminate-instances --instance-ids
s3 = s3 --region eu-west-1
clean = !aws s3 rm --recursive

[command ec2]
drop = terminate-instances
look = !aws ec2 describe-instances
"""


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("aws killall i-1", "delete one aws.ec2.instance"),
        ("aws clean s3://acme-data", "delete many aws.s3.object"),
        ("aws s3 rb s3://acme-data --force", "delete all aws.s3.bucket"),
        ("aws ec2 drop --instance-ids i-1", "delete one aws.ec2.instance"),
        ("aws --region eu-west-1 ec2 drop --instance-ids i-1", "delete one aws.ec2.instance"),
        ("aws ec2 look", "read"),
        ("aws rds drop --x y", "unknown one aws.rds.object"),
    ],
)
def test_an_alias_of_its_own_configuration_does_what_it_stands_for(line: str, effect: str) -> None:
    home = Memory({"/home/dev/.aws/cli/alias": ALIASES}, {"HOME": "/home/dev"})
    assert worst(line, home) == effect


def test_a_secret_in_a_file_is_not_looked_at() -> None:
    surroundings = Surroundings(Memory({"/w/s.json": '{"SecretId": "a", "SecretString": "hunter2"}'}, {}), "/w")
    plan(
        Call(ShellLine("aws secretsmanager put-secret-value --cli-input-json file://s.json"), "/w"),
        surroundings,
        TOOLBOX,
    )
    assert "hunter2" not in str(surroundings.record())
