"""Compare the tables with what the tools' completions say of them: `python -m tests.public.fig_agrees [TOOL …]`.

Labels are the descriptions of @withfig/autocomplete (MIT): the sub-commands of infrastructure tools, each of their
aliases too, whose description begins with delete, remove, destroy, drop, purge and the like, and those that list, show,
get, describe. In production 97 % of the first must be destructive or admin, and 2 % of the others at most anything but
read. Prints both shares and every disagreement; nothing of the package is checked in, and none of the commands is run.

Which labels are wrong is told by rules, never by names: `TOOL help …` only prints, whatever its page is about; a
description of two verbs (`List and create …`) is none; and what changes this machine's own settings of the tool (LOCAL)
is no infrastructure. Of 100 labels that are left, read by hand (50 of each kind, evenly spread), 1 was wrong:
`terraform untaint` removes a mark, and that is what saves the resource.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agentguard.engine import plan
from agentguard.model.call import Argv, Call
from agentguard.model.effect import CLASS_ORDER, Class, Effect, class_of
from agentguard.model.environment import Tier
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped
from tests.public.collect import CACHE, fetched

PACKAGE = "@withfig/autocomplete"
VERSION = "2.692.3"
PLACE = CACHE / "npm" / "fig"
WALK = Path(__file__).with_name("fig.mjs")
CHECKOUT = "/home/dev/shop"
INFRASTRUCTURE = frozenset(
    """
    airflow amplify ampx ansible ansible-galaxy ansible-playbook appwrite argo argocd artisan atlas aws-vault bosh cdk
    cdk8s cf chamber circleci cloudflared cockroach confluent copilot dbt docker docker-compose doctl
    doppler eas eb eksctl etcdctl fastly firebase fly flyctl gh glab hasura helm helmfile heroku hcloud influx
    istioctl k3d k9s kafkactl kind knex kubecolor kubectl kubectx kubens limactl liquibase meroxa mikro-orm minikube
    mongocli mongoimport multipass netlify nomad northflank oci okta okteto op osqueryi pac podman prisma pscale
    pulumi railway rails rancher rclone sam sanity sequelize serverless sfdx shopify skaffold sls src st2
    stripe supabase systemctl terraform terragrunt tkn tsh tsuru turso twilio typeorm vagrant vault vela vercel
    vultr-cli wrangler zapier
    """.split()
)
DESTROYS = re.compile(
    r"((permanently|forcibly|completely) )?"
    r"(delet|remov|destroy|drop|purg|wip|eras|terminat|truncat)(e|es|s|ing|y|ys)?\b",
    re.IGNORECASE,
)
READS = re.compile(
    r"(lists?|shows?|gets?|describes?|displays?|prints?|views?)\b(?!\s*(and|or|/|,)\s*\w*(creat|set|updat))",
    re.IGNORECASE,
)
LOCAL = frozenset("alias aliases unalias cache completion logout plugin plugins context contexts".split())
DESTRUCTIVE = (Class.DESTRUCTIVE, Class.ADMIN)
TOOLBOX = Toolbox(shipped())


@dataclass(frozen=True, slots=True)
class Leaf:
    """One sub-command as its spec tells it: its description, and how many operands it must have."""

    tool: str
    path: tuple[str, ...]
    description: str
    operands: int


@dataclass(frozen=True, slots=True)
class Label:
    """One sub-command: its words with an operand for each that must be there, and what its description says."""

    words: tuple[str, ...]
    description: str
    destroys: bool


def main() -> None:
    """Print the shares, and what disagrees."""
    wanted = set(sys.argv[1:]) or INFRASTRUCTURE
    counts: Counter[tuple[bool, str, bool]] = Counter()
    for label in sorted(labels(), key=lambda label: (not label.destroys, label.words)):
        if label.words[0] in wanted:
            effect = worst(label.words)
            found = class_of(effect, Tier.PROD)
            agrees = found in DESTRUCTIVE if label.destroys else found is Class.READ
            counts[label.destroys, label.words[0], agrees] += 1
            if not agrees:
                said = f"{' '.join(label.words)} | {label.description.splitlines()[0][:80]}"
                sys.stdout.write(f"{said} | {effect.describe()}: {found}\n")
    share(counts)


def share(counts: Counter[tuple[bool, str, bool]]) -> None:
    """Print the share of each kind over all labels, and the mean of each tool's own: some have a thousand, some two."""
    for destroys, what in ((True, "destroys: destructive or admin"), (False, "reads: read")):
        found = {(tool, agrees): times for (kind, tool, agrees), times in counts.items() if kind is destroys}
        yes, of = sum(times for (_, agrees), times in found.items() if agrees), sum(found.values())
        right = {tool: times for (tool, agrees), times in found.items() if agrees}
        wrong = {tool: times for (tool, agrees), times in found.items() if not agrees}
        tools = {tool: right.get(tool, 0) / (right.get(tool, 0) + wrong.get(tool, 0)) for tool, _ in found}
        mean = sum(tools.values()) / max(1, len(tools))
        over_all = f"{yes} of {of}, {yes / max(1, of):.2%}"
        sys.stdout.write(f"{what:32}{over_all:24} mean of {len(tools)} tools {mean:.2%}\n")


def labels() -> Iterator[Label]:
    """What the descriptions say, where they say one thing."""
    for leaf in leaves():
        path = " ".join(leaf.path).split()
        if not path or LOCAL & set(re.split(r"[ :]", " ".join(path))):
            continue
        destroys = bool(DESTROYS.match(leaf.description))
        if destroys or READS.match(leaf.description):
            words = (leaf.tool, *path, *("x" for _ in range(leaf.operands)))
            yield Label(words, leaf.description, destroys and "help" not in path)


def leaves() -> Iterator[Leaf]:
    """Every leaf of the specs, as node reads them."""
    fetched(PLACE, ["npm", "pack", "--silent"], PACKAGE, f"{PACKAGE}@{VERSION}")
    if shutil.which("node") is None:
        sys.exit("the specs are JavaScript: this needs node")
    if not (PLACE / "package").exists():
        with tarfile.open(next(PLACE.glob("*.tgz"))) as tar:
            tar.extractall(PLACE, filter="data")
    found = subprocess.run(["node", WALK, PLACE / "package" / "build"], check=True, capture_output=True, text=True)
    for line in found.stdout.rstrip("\n").split("\n"):
        said = json.loads(line)
        yield Leaf(said["tool"].split("/")[0], tuple(said["path"]), said["description"].strip(), said["operands"])


def worst(words: tuple[str, ...]) -> Effect:
    """The worst effect of a command, were it in production."""
    surroundings = Surroundings(Memory({}, {"HOME": "/home/dev"}), CHECKOUT)
    effects = [finding.effect for finding in plan(Call(Argv(words), CHECKOUT), surroundings, TOOLBOX).findings]
    return max(effects, key=lambda effect: CLASS_ORDER.index(class_of(effect, Tier.PROD)))


if __name__ == "__main__":
    main()
