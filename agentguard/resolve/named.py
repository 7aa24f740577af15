"""Tools whose environment is told by a name in the command: an app, a stack, a stage, an address.

One row a tool: the options that name it (they beat the variables), the variables, the files of the project that
remember it, and whether its name is an address. A tool with no row is asked for the options people name environments
by. Where no name is told the objects themselves count; where that says nothing it is unknown.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agentguard.model.environment import NOWHERE, Environment, Evidence, Tier
from agentguard.parse.documents import yaml_of
from agentguard.resolve import aws, pulumi
from agentguard.resolve.address import Address, address_of, read_url
from agentguard.resolve.configuration import table_in, text_in
from agentguard.resolve.git_config import repository
from agentguard.resolve.reach import environment_at
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import RAISING, Piece, environment_of, worst
from agentguard.surroundings import Json

Strings = tuple[str, ...]

WORDS = 64  # operands that are weighed: nobody names a place among more, and each would be weighed for each effect


@dataclass(frozen=True, slots=True)
class Telling:
    """What tells one tool's environment.

    `files` are read in order, each by its reader; `remote` is an option that names a git remote. A tool with a `port`
    is told an address, and goes to `address` when nothing says one.
    """

    options: Strings = ()
    variables: Strings = ()
    files: tuple[tuple[str, Callable[[bytes], Json]], ...] = ()
    also: Strings = ()  # options that count beside the one that decides (a profile, an environment of the app)
    flags: tuple[tuple[str, str], ...] = ()  # options whose mere presence tells
    remote: Strings = ()
    git_host: str = ""  # where its git remotes lie: with nothing else told, every one of them may be meant
    config: Strings = ()  # options that name another file in place of the first of `files`; its own name counts too
    folder: Strings = ()  # options that name another folder for it
    account: bool = False  # works in an account of AWS, chosen as the AWS command line does
    here: Strings = ()  # options that keep the command on this machine
    operand: bool = False  # the first operand is the address
    address: str = ""
    port: int | None = None
    paths: bool = False  # what it keeps is kept under paths that name environments: they raise, on this machine too


def _toml(*keys: str) -> Callable[[bytes], Json]:
    return lambda data: text_in(tomllib.loads(data.decode()), *keys)


def _json(*keys: str) -> Callable[[bytes], Json]:
    return lambda data: text_in(json.loads(data), *keys)


def _dbt(data: bytes) -> Json:
    """The default target of the first profile (not `config`) of dbt's profiles.yml."""
    profiles = [value for key, value in table_in(yaml_of(data)).items() if key != "config"]
    return text_in(profiles[0], "target") if profiles else ""


ANY = Telling(
    options=("-e", "--environment", "--env", "--stage", "--stack", "-s", "--app", "-a", "--project", "--target", "-t"),
    also=("--profile", "--context", "--cluster", "--org", "--team"),
)
TELLINGS: Mapping[str, Telling] = {
    "airflow": Telling((), ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW_CONN_AIRFLOW_DB", "AIRFLOW_HOME")),
    "ansible": Telling(("-i", "--inventory"), also=("-l", "--limit")),
    "ansible-playbook": Telling(("-i", "--inventory"), also=("-l", "--limit", "-e", "--extra-vars")),
    "atlas": Telling(
        ("--url", "-u", "-P", "--profile"), ("MONGODB_ATLAS_PROFILE",), also=("--projectId", "--clusterName", "--env")
    ),
    "bosh": Telling(("-e", "--environment"), ("BOSH_ENVIRONMENT",), also=("-d", "--deployment")),
    "cdk": Telling((), also=("-c", "--context"), account=True),
    "consul": Telling(("-http-addr",), ("CONSUL_HTTP_ADDR",), address="127.0.0.1", port=8500, paths=True),
    "copilot": Telling(("-e", "--env"), also=("-a", "--app"), account=True),
    "cqlsh": Telling((), ("CQLSH_HOST",), operand=True, address="127.0.0.1", port=9042),
    "doctl": Telling(
        ("-c", "--context"),
        ("DIGITALOCEAN_CONTEXT", "OCI_CLI_PROFILE"),
        also=("--project", "--cluster", "-p", "--profile", "--org", "--compartment-id"),
    ),
    "eksctl": Telling((), also=("-n", "--name", "-c", "--cluster"), account=True),
    "dbt": Telling(
        ("-t", "--target"),
        ("DBT_TARGET",),
        (("profiles.yml", _dbt), ("~/.dbt/profiles.yml", _dbt)),
        also=("--profile",),
        folder=("--profiles-dir", "--project-dir"),
    ),
    "etcdctl": Telling(("--endpoints",), ("ETCDCTL_ENDPOINTS",), address="127.0.0.1", port=2379, paths=True),
    "firebase": Telling(("-P", "--project"), (), ((".firebaserc", _json("projects", "default")),)),
    "fly": Telling(("-a", "--app"), ("FLY_APP",), (("fly.toml", _toml("app")),), config=("-c", "--config")),
    "hcloud": Telling(("--context",), ("HCLOUD_CONTEXT",)),
    "heroku": Telling(("-a", "--app"), ("HEROKU_APP",), remote=("-r", "--remote"), git_host="heroku.com"),
    "kafka": Telling(("--bootstrap-server", "--zookeeper"), address="", port=9092),
    "netlify": Telling(
        ("-s", "--site"),
        ("NETLIFY_SITE_ID",),
        ((".netlify/state.json", _json("siteId")),),
        flags=(("--prod", "production"),),
    ),
    "nodetool": Telling(("-h", "--host"), address="127.0.0.1", port=7199),
    "nomad": Telling(("-address",), ("NOMAD_ADDR",), also=("-namespace",), address="127.0.0.1", port=4646),
    "pulumi": Telling(("-s", "--stack"), ("PULUMI_STACK",)),
    "railway": Telling(("-e", "--environment"), ("RAILWAY_ENVIRONMENT",), also=("-s", "--service")),
    "rabbitmqadmin": Telling(("-H", "--host"), also=("-V", "-p"), address="127.0.0.1", port=15672),
    "rabbitmqctl": Telling(("-n", "--node"), also=("-p", "--vhost"), address="localhost", port=5672),
    "sam": Telling(("--config-env",), also=("--stack-name",), account=True),
    "serverless": Telling(("-s", "--stage"), ("SLS_STAGE",), also=("--aws-profile", "-e", "--env"), account=True),
    "supabase": Telling(
        ("--project-ref", "--db-url"),
        ("SUPABASE_PROJECT_ID",),
        (("supabase/.temp/project-ref", lambda d: d.decode().strip()),),
    ),
    "vault": Telling(("-address",), ("VAULT_ADDR",), also=("-namespace",), address="127.0.0.1", port=8200, paths=True),
    "vercel": Telling(
        ("--scope", "-S"), (), ((".vercel/project.json", _json("projectName")),), flags=(("--prod", "production"),)
    ),
    "wrangler": Telling(
        ("-e", "--env"),
        ("CLOUDFLARE_ENV",),
        (("wrangler.toml", _toml("name")),),
        config=("-c", "--config"),
        here=("--local",),
    ),
}
ALIASES = {"flyctl": "fly", "sls": "serverless", "kcat": "kafka", "bao": "vault", "kafkacat": "kafka"}


def resolve(subject: Subject) -> Environment:
    """The environment of what the command names."""
    telling = TELLINGS.get(_family(subject.called)) or TELLINGS.get(_family(subject.program), ANY)
    told = _told(subject, telling)
    if telling.port is not None:
        return _addressed(subject, telling, told)
    if subject.command and telling.here and subject.command.has(*telling.here):
        return environment_of(subject.names, [("host", Evidence(telling.here[0], "localhost"))])
    beside = [_piece(evidence) for evidence in _beside(subject, telling)]
    objects: list[Piece] = [("app", Evidence("the name", _spelt_out(name))) for name in subject.effect.objects]
    words = dict.fromkeys(subject.operands)
    if len(words) > WORDS:
        return NOWHERE
    operands: list[Piece] = [("app", Evidence("the command", word)) for word in words]
    if subject.program == "mcp":
        beside += operands  # the tool's own name, which tells the server it talks to
    alternatives = [[_piece(evidence), *beside] for evidence in told] or [beside or objects]
    named = worst(environment_of(subject.names, pieces, [*objects, *operands]) for pieces in alternatives)
    return _in_account(subject, named) if telling.account else named


def _in_account(subject: Subject, named: Environment) -> Environment:
    """What the names say, unless the account is more dangerous, or is all that tells anything."""
    account = aws.resolve(subject)
    if named.tier is Tier.UNKNOWN:
        return account
    return worst((named, account)) if account.tier in RAISING else named


def _spelt_out(name: str) -> str:
    """HTTPie's `:8000/path` is on this machine."""
    return f"localhost{name}" if name.startswith((":/", *(f":{digit}" for digit in range(10)))) else name


def _family(program: str) -> str:
    name = program.removesuffix(".sh")
    return "kafka" if name.startswith("kafka-") else ALIASES.get(name, name)


def _told(subject: Subject, telling: Telling) -> tuple[Evidence, ...]:
    """What decides: the option, the git remote, the variable, the file; several where any of them may be the one."""
    if telling.operand and subject.operands:
        return (Evidence("the host named", subject.operands[0]),)
    found = subject.option(*telling.options)
    if found is None and (remotes := _remotes(subject, telling)):
        return remotes
    found = found or subject.told((), telling.variables)
    if found:
        return (found,)
    named = subject.option(*telling.config)
    for name, reader in telling.files:
        path = _path(subject, telling, named.says if named else name)
        value = subject.surroundings.facts(path, f"{subject.program} project", reader)
        if isinstance(value, str) and value:
            return (Evidence(subject.shown(path), value), *((named,) if named else ()))
    if named:
        return (named,)
    if telling.git_host:
        return _hosted(subject, telling.git_host)
    return pulumi.stacks(subject) if subject.program == "pulumi" else ()


def _path(subject: Subject, telling: Telling, name: str) -> str:
    folder = subject.option(*telling.folder)
    return subject.path(f"{folder.says}/{name}" if folder and not name.startswith("~") else name)


def _remotes(subject: Subject, telling: Telling) -> tuple[Evidence, ...]:
    """The git remote an option names, by its URL and by its own name."""
    named = subject.option(*telling.remote) if telling.remote else None
    if named is None:
        return ()
    own = repository(subject)
    url = own.remote(named.says) if own else ""
    return (*((Evidence(f"remote {named.says}", url),) if url else ()), named)


def _hosted(subject: Subject, host: str) -> tuple[Evidence, ...]:
    """The git remotes that lie on a host: a checkout that deploys there has them, and any may be meant."""
    own = repository(subject)
    remotes = ((name, own.remote(name)) for name in own.remotes()) if own else ()
    return tuple(Evidence(f"remote {name}", f"{name} {url}") for name, url in remotes if host in url)


def _beside(subject: Subject, telling: Telling) -> list[Evidence]:
    found = [evidence for name in telling.also if (evidence := subject.option(name))]
    flagged = [Evidence(name, says) for name, says in telling.flags if subject.command and subject.command.has(name)]
    return found + flagged


def _piece(evidence: Evidence) -> Piece:
    """A name as it is; a URL without its user and password."""
    url = read_url(evidence.says)
    hosts = ",".join(str(address) for address in url.addresses) + f"/{url.path}" if url else evidence.says
    return "app", Evidence(evidence.source, hosts)


def _addressed(subject: Subject, telling: Telling, told: tuple[Evidence, ...]) -> Environment:
    """Tools that are told an address: its host counts, and names and paths inside only raise."""
    if not told and not telling.address:
        return NOWHERE
    found = told or (Evidence("no address given", telling.address),)
    places = [(each.source, address) for each in found for address in _addresses(each.says, telling.port)]
    labels = [_piece(evidence) for evidence in _beside(subject, telling)]
    labels += [("app", Evidence("the name", name)) for name in subject.effect.objects]
    there = environment_at(subject, places, (), labels) if places else NOWHERE
    named = environment_of(subject.names, labels)
    return worst((there, named)) if telling.paths and named.tier in RAISING else there


def _addresses(text: str, port: int | None) -> tuple[Address, ...]:
    found = []
    for part in text.split(","):
        url = read_url(part, port)
        found += list(url.addresses) if url else [address_of(part, port)]
    return tuple(found)
