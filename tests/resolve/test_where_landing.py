import pytest

from agentguard.model.command import Command, Landing, Via
from agentguard.model.environment import Environment
from tests.resolve.where import command, where

FILES = {
    "~/.aws/config": "[profile mine]\nsso_account_name = dev\n[default]\nsso_account_name = dev\n",
    "~/.pg_service.conf": "[orders]\nhost=db.dev.internal\n",
    "~/.kube/config": "current-context: prod-eu\n",
    "~/.ssh/config": "Host prod\n  HostName 10.0.0.1\nHost inner\n  HostName 127.0.0.1\n",
}


def _inside(line: str, *carriers: tuple[Landing, Command], cwd: str = "") -> Command:
    """A command that runs where the carriers land, the outermost first."""
    via: tuple[Via, ...] = ()
    for lands, carrier in carriers:
        moved = Command(
            carrier.program, carrier.argv, carrier.path, carrier.options, carrier.operands, via=via, cwd=carrier.cwd
        )
        via = (*via, Via("ssh", carrier.program, lands, carrier=moved))
    return command(line, via=via, cwd=cwd)


def _where(at: str, line: str, *carriers: tuple[Landing, Command]) -> Environment:
    return where(at, _inside(line, *carriers), files=FILES)


PROD, STAGING = (Landing.SSH, command("ssh prod")), (Landing.SSH, command("ssh stg-app-1"))
DEV, BOX = (Landing.SSH, command("ssh dev-box")), (Landing.SSH, command("ssh box"))
POD = (Landing.POD, command("kubectl --context prod-eu exec pg-0"))
HERE = (Landing.CONTAINER, command("docker exec db"))
THERE = (Landing.CONTAINER, command("docker -H ssh://web.prod.example.com exec db"))
CLOUD = (Landing.CLOUD, command("aws --profile prod ssm send-command", depth=2))

ROWS = [
    ("files", "rm -rf /srv/app", (STAGING,), "staging"),
    ("files", "rm -rf /srv/app", (BOX,), "unknown"),
    ("local", "systemctl stop nginx", (PROD,), "prod"),
    ("database", "psql -c x", (POD,), "prod"),
    ("database", "psql -h localhost shop_prod", (DEV,), "dev"),
    ("database", "psql -h db.prod.internal shop", (DEV,), "prod"),
    ("database", "psql -h db7 shop", (DEV,), "unknown"),
    ("database", "psql -h db.dev.internal shop", (PROD,), "prod"),
    ("database", "psql service=orders", (STAGING,), "unknown"),
    ("aws", "aws s3 rb s3://x", (STAGING,), "staging"),
    ("aws", "aws --profile prod s3 rb s3://x", (DEV,), "prod"),
    ("aws", "aws --profile mine s3 rb s3://x", (DEV,), "unknown"),
    ("kubernetes", "kubectl delete deploy/x", (DEV,), "dev"),
    ("database", "psql -U postgres shop", (HERE,), "dev"),
    ("database", "psql -U postgres shop", (THERE,), "prod"),
    ("files", "rm -rf /srv", (CLOUD,), "prod"),
    ("docker", "docker volume rm pgdata", (PROD,), "prod"),
    ("database", "psql shop", (PROD, HERE), "prod"),
    ("database", "psql shop", (STAGING, HERE), "staging"),
    ("files", "rm x", (DEV, (Landing.SSH, command("ssh prod"))), "prod"),
    ("files", "rm x", (BOX, (Landing.SSH, command("ssh inner"))), "unknown"),
]


@pytest.mark.parametrize(("at", "line", "carriers", "tier"), ROWS)
def test_a_command_is_judged_where_it_lands(
    at: str, line: str, carriers: tuple[tuple[Landing, Command], ...], tier: str
):
    assert _where(at, line, *carriers).tier == tier


def test_a_wrapper_that_lands_somewhere_without_saying_where_is_nowhere_known():
    lost = command("rm x", via=(Via("ssh", "ssh", Landing.SSH),))
    assert where("files", lost).tier == "unknown"


INJECTED = [
    ("database", "psql -c x", "", "unknown"),
    ("database", "psql -c x", "prd", "prod"),
    ("database", "psql -c x", "dev", "dev"),
    ("database", "psql -h localhost shop", "prd", "prod"),
    ("database", "psql -h localhost shop", "", "unknown"),  # PGHOSTADDR would say where to
    ("redis", "redis-cli -h localhost x", "", "dev"),
    ("database", "psql -h db.prod.internal shop", "dev", "prod"),
    ("kubernetes", "kubectl delete ns shop", "", "unknown"),
    ("files", "rm x", "prd", "local"),
]


@pytest.mark.parametrize(("at", "line", "config", "tier"), INJECTED)
def test_variables_that_a_wrapper_may_set_are_not_known(at: str, line: str, config: str, tier: str):
    wrapped = command(line, via=(Via("wrapper", "doppler", place=config),))
    assert where(at, wrapped).tier == tier


def test_a_wrapper_that_does_not_move_changes_nothing():
    wrapped = command("psql -h db.prod.internal x", via=(Via("wrapper", "sudo"),))
    assert where("database", wrapped).tier == "prod"
