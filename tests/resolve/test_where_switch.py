import pytest

from agentguard.model.command import Landing, Reading, Via
from agentguard.model.effect import Effect, Verb
from agentguard.policy.names import shipped_names
from agentguard.resolve import choosing, resolve
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox
from tests.resolve.where import CWD, HOME, command, where

FILES = {
    f"{HOME}/.kube/config": "current-context: kind-dev\n",
    f"{HOME}/.config/gcloud/configurations/config_default": "[core]\nproject = acme-dev\n",
    f"{HOME}/.config/gcloud/configurations/config_live": "[core]\nproject = acme\n",
    f"{CWD}/.terraform/environment": "dev",
}
SWITCHES = [
    ("kubectl config use-context prod-eu", "kubernetes", "kubectl delete deploy/api", "prod"),
    ("kubectl config use-context prod-eu", "kubernetes", "helm uninstall api", "prod"),
    ("kubectl config use-context prod-eu", "kubernetes", "kubectl --context kind-dev delete deploy/api", "dev"),
    ("kubectl config use-context staging", "terraform", "terraform destroy", "dev"),
    ("kubectl config get-contexts prod", "kubernetes", "kubectl delete deploy/api", "dev"),
    ("kubectl config set-context --current --namespace prod", "kubernetes", "kubectl delete deploy/api", "prod"),
    ("kubectx prod-eu", "kubernetes", "kubectl delete deploy/api", "prod"),
    ("kubens prod", "kubernetes", "kubectl delete deploy/api", "prod"),
    ("terraform workspace select prod", "terraform", "terraform destroy", "prod"),
    ("gcloud config set project acme-prod", "gcloud", "gcloud compute x", "prod"),
    ("gcloud config set compute/zone prod", "gcloud", "gcloud compute x", "dev"),
    ("gcloud config configurations activate live", "gcloud", "gcloud compute x", "prod"),
    ("az account set --subscription acme-prod", "azure", "az vm delete -n a -g rg-dev", "prod"),
    ("docker context use prod", "docker", "docker volume rm pgdata", "prod"),
    ("pulumi stack select prod", "named", "pulumi destroy", "prod"),
]


@pytest.mark.parametrize(("first", "at", "then", "tier"), SWITCHES)
def test_a_choice_made_in_the_same_call_counts(first: str, at: str, then: str, tier: str):
    target, choice = command(then), command(first)
    effect = Effect(Verb.DELETE, "thing", at=at, source=target)
    around = Surroundings(Memory(FILES, {"HOME": HOME}), CWD)
    reading = choosing(Reading(commands=(command("ls"), choice, target)))
    found = resolve(effect, around, Toolbox({}, shipped_names()), reading)[0].environment
    assert found.tier == tier


@pytest.mark.parametrize(("count", "tier"), [(8, "dev"), (9, "unknown")])
def test_of_a_call_that_chooses_more_often_than_anybody_does_nothing_is_known(count: int, tier: str):
    choices = (command(f"kubectl config use-context kind-dev-{number}") for number in range(count))
    target = command("kubectl delete deploy/api")
    effect = Effect(Verb.DELETE, "thing", at="kubernetes", source=target)
    around = Surroundings(Memory(FILES, {"HOME": HOME}), CWD)
    reading = choosing(Reading(commands=(*choices, target)))
    assert resolve(effect, around, Toolbox({}, shipped_names()), reading)[0].environment.tier == tier


def test_a_choice_made_on_another_machine_does_not_count():
    there = (Via("ssh", "ssh", Landing.SSH, carrier=command("ssh dev-box")),)
    target = command("kubectl delete deploy/api")
    effect = Effect(Verb.DELETE, "thing", at="kubernetes", source=target)
    around = Surroundings(Memory(FILES, {"HOME": HOME}), CWD)
    reading = Reading(commands=(command("kubectl config use-context prod", via=there), target))
    assert resolve(effect, around, Toolbox({}, shipped_names()), reading)[0].environment.tier == "dev"


MOVES = [
    (r"psql -h localhost -c '\c postgres://db.prod.internal/orders' -c 'drop table x'", "prod"),
    (r"psql -h localhost -c '\c orders app db.prod.internal 5432'", "prod"),
    (r"psql -h localhost -c '\connect orders - db.prod.internal'", "prod"),
    (r"psql -h localhost -c '\c host=db.prod.internal'", "prod"),
    (r"psql -h localhost -c '\c orders_prod'", "dev"),
    (r"psql -h 10.0.0.1 -c '\c orders_prod'", "prod"),
    (r"psql -h db.prod.internal -c '\c x y localhost'", "prod"),
    (r"psql -h localhost -c '\copy prod from x'", "dev"),
    (r"psql -h localhost -f move.sql", "prod"),
]


@pytest.mark.parametrize(("line", "tier"), MOVES)
def test_a_session_that_moves_counts_wherever_it_goes(line: str, tier: str):
    assert where("database", line, files={"move.sql": "select 1;\n\\c orders app db.prod.internal\n"}).tier == tier
