"""Compare the tables with what the tools' completions say of them: `python -m tests.public.fig_agrees [TOOL …]`.

Labels are the descriptions of @withfig/autocomplete (MIT): the sub-commands of infrastructure tools, every alias too,
whose description begins with delete, remove, destroy, drop, purge and the like, and those that list, show, get,
describe. The first must be destructive, admin or unknown in production, and no more than 2 % of the others anything
but read. Prints both shares and every disagreement. Nothing of the package is checked in, and no command is run.

Which labels are wrong is a rule, not a list of names: `TOOL help …` only prints, whatever the page it prints is about;
a description that names two verbs (`List and create …`, `Get/set …`) is no label; and what is removed from this
machine's own settings of the tool (LOCAL below) is not infrastructure. The labels' own error, from 100 rows read by
hand (every 15th), is stated at ERRORS.
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
    r"(permanently |forcibly |completely )?(delet|remov|destroy|drop|purg|wip|eras|terminat|truncat)(e|es|s|ing|y|ys)?\b",
    re.I,
)
READS = re.compile(r"(lists?|shows?|gets?|describes?|displays?|prints?|views?)\b(?!\s*(and|or|/|,)\s*\w*(creat|set|updat))",
                   re.I)  # fmt: skip
LOCAL = frozenset("alias aliases unalias cache completion logout plugin plugins context contexts".split())
ERRORS = "of 100 labels read by hand"
DESTRUCTIVE = (Class.DESTRUCTIVE, Class.ADMIN, Class.UNKNOWN)
TOOLBOX = Toolbox(shipped())


@dataclass(frozen=True, slots=True)
class Label:
    """One sub-command: its words with an operand for each that must be there, and what its description says."""

    words: tuple[str, ...]
    description: str
    destroys: bool


def main() -> None:
    """Print the shares, and what disagrees."""
    wanted = set(sys.argv[1:]) or INFRASTRUCTURE
    counts: Counter[tuple[bool, bool]] = Counter()
    for label in sorted(labels(), key=lambda label: (not label.destroys, label.words)):
        if label.words[0] in wanted:
            effect = worst(label.words)
            found = class_of(effect, Tier.PROD)
            agrees = found in DESTRUCTIVE if label.destroys else found is Class.READ
            counts[label.destroys, agrees] += 1
            if not agrees:
                what = "destroys" if label.destroys else "reads"
                line = f"{what} | {' '.join(label.words)} | {label.description[:70]} | {effect.describe()} | {found}"
                sys.stdout.write(line + "\n")
    for destroys, what in ((True, "destroy: destructive, admin or unknown"), (False, "read: called a read")):
        yes, no = counts[destroys, True], counts[destroys, False]
        sys.stdout.write(f"{what:40} {yes:5} of {yes + no:5}  {yes / max(1, yes + no):8.2%}\n")


def labels() -> Iterator[Label]:
    """What the descriptions say, where they say one thing."""
    for line in leaves():
        tool, path, description = line["tool"].split("/")[0], line["path"], line["description"].strip()
        parts = re.split(r"[ :]", " ".join(path))
        if not path or LOCAL & set(parts):
            continue
        destroys = bool(DESTROYS.match(description)) and "help" not in path
        if destroys or READS.match(description) or (DESTROYS.match(description) and "help" in path):
            words = (tool, *" ".join(path).split(), *("x" for _ in range(line["operands"])))
            yield Label(words, description, destroys)


def leaves() -> Iterator[dict[str, object]]:
    """Every leaf of the specs, as node reads them."""
    fetched(PLACE, ["npm", "pack", "--silent"], PACKAGE, f"{PACKAGE}@{VERSION}")
    archive = next(PLACE.glob("*.tgz"))
    if not (PLACE / "package").exists():
        with tarfile.open(archive) as tar:
            tar.extractall(PLACE, filter="data")
    if shutil.which("node") is None:
        sys.exit("the specs are JavaScript: this needs node")
    found = subprocess.run(["node", WALK, PLACE / "package" / "build"], check=True, capture_output=True, text=True)
    return map(json.loads, found.stdout.rstrip("\n").split("\n"))


def worst(words: tuple[str, ...]) -> Effect:
    """The worst effect of a command, were it in production."""
    surroundings = Surroundings(Memory({}, {"HOME": "/home/dev"}), CHECKOUT)
    effects = [finding.effect for finding in plan(Call(Argv(words), CHECKOUT), surroundings, TOOLBOX).findings]
    return max(effects, key=lambda effect: CLASS_ORDER.index(class_of(effect, Tier.PROD)))


if __name__ == "__main__":
    main()
