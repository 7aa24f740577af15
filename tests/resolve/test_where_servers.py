import hashlib
import json

import pytest

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.policy.names import shipped_names
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped
from tests.resolve.where import CWD, HOME, acting, placed, where

REDIS = [
    ("redis-cli -u rediss://:pw@cache.prod.internal:6379 FLUSHALL", "prod"),
    ("redis-cli -u redis://cache.prod.internal -h localhost FLUSHALL", "prod"),
    ("redis-cli -h cache.prod.internal FLUSHALL", "prod"),
    ("redis-cli -h 10.0.0.7 FLUSHALL", "unknown"),
    ("redis-cli FLUSHALL", "dev"),
    ("redis-cli -s /tmp/redis.sock FLUSHALL", "dev"),
    ("redis-cli -u nonsense FLUSHALL", "unknown"),
]
MONGO = [
    ("mongosh 'mongodb+srv://u:p@shop-prod.abcd.mongodb.net/shop'", "prod"),
    ("mongosh mongodb://localhost:27017/shop_prod", "dev"),
    ("mongosh mongodb://10.0.0.1,db.prod.internal/shop", "prod"),
    ("mongosh mongodb://10.0.0.1/shop_prod", "prod"),
    ("mongosh db.prod.internal:27017/shop", "prod"),
    ("mongosh shop_prod", "dev"),
    ("mongosh", "dev"),
    ("mongosh --host db.prod.internal shop", "prod"),
    ("mongosh --host rs0/10.0.0.1,db.prod.internal:27018 shop", "prod"),
    ("mongorestore --uri mongodb://db.prod.internal/ dump/", "prod"),
    ("mongorestore prod-dump/", "dev"),
]


@pytest.mark.parametrize(("line", "tier"), REDIS)
def test_redis_cli_takes_the_url_then_the_host_then_this_machine(line: str, tier: str):
    assert where("redis", line).tier == tier


@pytest.mark.parametrize(("line", "tier"), MONGO)
def test_mongosh_takes_the_uri_then_the_host_then_this_machine(line: str, tier: str):
    assert where("mongo", line).tier == tier


def test_a_tunnel_to_redis_is_what_it_reaches():
    listener = {6379: ("ssh", "-L", "6379:cache.prod.internal:6379", "bastion")}
    assert where("redis", "redis-cli FLUSHALL", listeners=listener).tier == "prod"


def _context(name: str, host: str) -> dict[str, str]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    told = {"Name": name, "Endpoints": {"docker": {"Host": host}}}
    return {f"~/.docker/contexts/meta/{digest}/meta.json": json.dumps(told)}


CONTEXTS = {
    **_context("eu", "ssh://deploy@eu-1.prod.example.com"),
    **_context("box", "tcp://10.0.0.1:2376"),
    **_context("here", "unix:///home/dev/.colima/docker.sock"),
    "~/.ssh/config": "Host alias\n  HostName web.prod.example.com\n",
}
CURRENT = {**CONTEXTS, "~/.docker/config.json": '{"currentContext": "eu", "auths": {"x": {"auth": "sesame"}}}'}
MOVED = {**CURRENT, "/other/config.json": '{"currentContext": "default"}'}

DOCKER = [
    ("docker volume rm pgdata", {}, {}, "dev"),
    ("docker volume rm prod_pgdata", {}, {}, "dev"),
    ("docker volume rm pgdata", {}, CURRENT, "prod"),
    ("docker --context default volume rm pgdata", {}, CURRENT, "dev"),
    ("docker --context here volume rm pgdata", {}, CURRENT, "dev"),
    ("docker --context box volume rm pgdata", {}, CURRENT, "unknown"),
    ("docker --context box-prod volume rm pgdata", {}, CURRENT, "prod"),
    ("docker volume rm pgdata", {"DOCKER_CONTEXT": "here"}, CURRENT, "dev"),
    (
        "docker volume rm pgdata",
        {"DOCKER_HOST": "tcp://d.prod.internal:2375", "DOCKER_CONTEXT": "here"},
        CURRENT,
        "prod",
    ),
    ("docker volume rm pgdata", {"DOCKER_HOST": "unix:///var/run/docker.sock"}, CURRENT, "dev"),
    ("docker --context eu volume rm pgdata", {"DOCKER_HOST": "unix:///var/run/docker.sock"}, CONTEXTS, "prod"),
    ("docker -H ssh://alias volume rm pgdata", {}, CONTEXTS, "prod"),
    ("docker -H tcp://127.0.0.1:2375 volume rm pgdata", {}, CURRENT, "dev"),
    ("docker volume rm pgdata", {"DOCKER_CONFIG": "/other"}, MOVED, "dev"),
    ("docker --context default volume rm pgdata", {"DOCKER_HOST": "tcp://d.prod.internal:2375"}, CURRENT, "prod"),
    ("docker --config /other volume rm pgdata", {}, MOVED, "dev"),
    ("docker --config /nowhere volume rm pgdata", {}, CURRENT, "dev"),
    ("podman --connection prod volume rm pgdata", {}, {}, "prod"),
    ("podman volume rm pgdata", {"CONTAINER_HOST": "ssh://root@web.prod.example.com/run/podman.sock"}, {}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "files", "tier"), DOCKER)
def test_docker_takes_the_daemon_it_would_really_talk_to(
    line: str, env: dict[str, str], files: dict[str, str], tier: str
):
    assert where("docker", line, env=env, files=files).tier == tier


HANDED = [
    ("docker --context eu compose down", {"DOCKER_HOST": "unix:///run/x.sock"}, "prod"),
    ("docker --context here compose down", {}, "dev"),
    ("docker --context default compose down", {"DOCKER_HOST": "tcp://d.prod.internal:2375"}, "prod"),
    ("docker -H unix:///run/x.sock compose down", {"DOCKER_HOST": "tcp://d.prod.internal:2375"}, "dev"),
    ("docker --config /other compose down", {}, "dev"),
    ("docker compose down", {}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "tier"), HANDED)
def test_compose_goes_where_the_docker_that_starts_it_goes(line: str, env: dict[str, str], tier: str):
    around = Surroundings(Memory({placed(k): v for k, v in MOVED.items()}, {"HOME": HOME, **env}), CWD)
    made = plan(Call(ShellLine(line), CWD), around, Toolbox(shipped(), shipped_names()))
    composed = [f for f in made.findings if getattr(f.effect.source, "program", "") == "docker-compose"]
    assert {target.environment.tier for finding in composed for target in finding.targets} == {tier}


def test_an_option_behind_the_verb_is_the_verbs_own():
    line = "docker stack deploy -c compose.dev.yml --config /other shop"
    assert where("docker", line, files=MOVED, depth=2).tier == "prod"
    assert where("docker", f"docker -c here {line[7:]}", files=MOVED, depth=2).tier == "dev"


def test_the_name_of_an_image_counts_where_it_is_pushed():
    image = acting("docker.image", "acme/shop:prod")
    assert where("docker", "docker push acme/shop:prod", depth=1, effect=image).tier == "prod"
    assert where("docker", "docker rmi acme/shop:prod", depth=1, effect=image).tier == "dev"


SSH_CONFIG = """
Host web
  HostName web.prod.example.com
Host *.inner !bare.inner
  HostName %h.staging.example.com
Host jumped
  HostName 10.0.0.3
  ProxyJump deploy@bastion.prod.example.com:2222,other
Include extra.d/*.conf
Match host matched
  HostName db.prod.example.com
Match exec "true"
  HostName guess.dev.example.com
Host *
  HostName fallback.example.com
"""
SSH_FILES = {
    "~/.ssh/config": SSH_CONFIG,
    "~/.ssh/extra.d/a.conf": 'Host "included"\n\tHostName=web.prod.example.com\n',
    "own": "Host web\n  HostName 127.0.0.1\n",
    "/etc/ssh/ssh_config": "Host box\n  HostName box.prod.example.com\n",
}
SSH = [
    ("ssh stg-app-1 rm -rf x", {}, "staging"),
    ("ssh deploy@prod rm x", {}, "prod"),
    ("ssh web rm x", SSH_FILES, "prod"),
    ("ssh -F own web rm x", SSH_FILES, "dev"),
    ("ssh -F own box rm x", SSH_FILES, "unknown"),
    ("ssh a.inner rm x", SSH_FILES, "staging"),
    ("ssh bare.inner rm x", SSH_FILES, "unknown"),
    ("ssh jumped rm x", SSH_FILES, "prod"),
    ("ssh included rm x", SSH_FILES, "prod"),
    ("ssh matched rm x", SSH_FILES, "prod"),
    ("ssh other rm x", SSH_FILES, "unknown"),
    ("ssh -J bastion.prod.example.com 10.0.0.9 rm x", {}, "prod"),
    ("ssh -o HostName=web.prod.example.com dev-box rm x", {}, "prod"),
    ("ssh ssh://deploy@web.prod.example.com:2222 rm x", {}, "prod"),
    ("ssh localhost rm x", {}, "dev"),
    ("ssh box rm x", {"/etc/ssh/ssh_config": SSH_FILES["/etc/ssh/ssh_config"]}, "prod"),
    ("scp a.txt deploy@web.prod.example.com:/srv/", {}, "prod"),
    ("scp a.txt b.txt", {}, "local"),
    ("rsync -e ssh dist/ prod:/srv/", {}, "prod"),
    ("rsync dist/ rsync://files.prod.example.com/srv/", {}, "prod"),
]


@pytest.mark.parametrize(("line", "files", "tier"), SSH)
def test_ssh_is_the_machine_behind_the_name(line: str, files: dict[str, str], tier: str):
    assert where("ssh", line, files=files).tier == tier


def test_a_machine_alone_on_the_way_does_not_lower():
    assert where("ssh", "ssh -J bastion.dev.example.com 10.0.0.9 rm x").tier == "unknown"


def test_of_two_machines_the_one_that_is_not_known_counts():
    assert where("ssh", "scp box:a dev-box:a").tier == "unknown"


def test_the_remote_end_that_is_written_to_counts():
    effect = acting("file", "deploy@web.staging.example.com:/srv/a")
    assert where("ssh", "scp prod:a deploy@web.staging.example.com:/srv/a", effect=effect).tier == "staging"
