import pytest

from agentguard.model.environment import Names
from agentguard.resolve.kubeconfig import Dialect, view
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Memory, Surroundings
from tests.resolve.where import acting, claiming, command, where

CONFIG = """
apiVersion: v1
kind: Config
current-context: prod-eu
clusters:
- {name: c-prod, cluster: {server: "https://k8s.prod.example.com"}}
- {name: c-staging, cluster: {server: "https://k8s.staging.example.com"}}
- {name: c-dev, cluster: {server: "https://127.0.0.1:6443"}}
- {name: c-x, cluster: {server: "https://10.9.8.7:6443"}}
contexts:
- {name: prod-eu, context: {cluster: c-prod, user: u, namespace: shop}}
- {name: staging, context: {cluster: c-staging, user: u}}
- {name: kind-dev, context: {cluster: c-dev, user: u}}
- {name: blue, context: {cluster: c-prod, user: u}}
- {name: arn-x, context: {cluster: c-x, user: u}}
- {name: arn-y, context: {cluster: c-x, user: u, namespace: live}}
users:
- {name: u, user: {token: sesame}}
"""
OTHER = CONFIG.replace("current-context: prod-eu", "current-context: kind-dev")
FILES = {
    "~/.kube/config": CONFIG,
    "other": OTHER,
    "no-current": CONFIG.replace("current-context: prod-eu", ""),
    "broken": "{",
}

PRECEDENCE = [
    ("kubectl delete deploy/api", {}, "prod"),
    ("kubectl --context staging delete deploy/api", {}, "staging"),
    ("kubectl --context prod-eu --context kind-dev delete deploy/api", {}, "dev"),
    ("kubectl --context blue delete deploy/api", {}, "prod"),
    ("kubectl --context arn-x delete deploy/api", {}, "unknown"),
    ("kubectl --context nowhere-prod delete deploy/api", {}, "prod"),
    ("kubectl --context nowhere delete deploy/api", {}, "unknown"),
    ("kubectl --context kind-dev --cluster c-prod delete deploy/api", {}, "prod"),
    ("kubectl --context kind-dev --cluster c-x delete deploy/api", {}, "unknown"),
    ("kubectl --context kind-dev --server https://k8s.prod.example.com delete deploy/api", {}, "prod"),
    ("kubectl --context kind-dev -s https://10.0.0.9 delete deploy/api", {}, "unknown"),
    ("kubectl --cluster c-prod --server https://127.0.0.1:6443 --context arn-x delete deploy/api", {}, "dev"),
    ("kubectl delete deploy/api", {"KUBECONFIG": "other"}, "dev"),
    ("kubectl delete deploy/api", {"KUBECONFIG": "missing:other:~/.kube/config"}, "dev"),
    ("kubectl delete deploy/api", {"KUBECONFIG": "no-current:~/.kube/config"}, "prod"),
    ("kubectl delete deploy/api", {"KUBECONFIG": "broken"}, "unknown"),
    ("kubectl --kubeconfig other delete deploy/api", {"KUBECONFIG": "/home/dev/.kube/config"}, "dev"),
    ("kubectl --context arn-x -n prod delete deploy/api", {}, "prod"),
    ("kubectl --context arn-x -n dev delete deploy/api", {}, "dev"),
    ("kubectl --context arn-y delete deploy/api", {}, "prod"),
    ("kubectl --context arn-y -n dev delete deploy/api", {}, "dev"),
    ("kubectl --context arn-x -n dev -A delete deploy", {}, "unknown"),
    ("helm uninstall api", {}, "prod"),
    ("helm uninstall api", {"HELM_KUBECONTEXT": "staging"}, "staging"),
    ("helm --kube-context kind-dev uninstall api", {"HELM_KUBECONTEXT": "prod-eu"}, "dev"),
    ("helm --kube-context kind-dev --kube-apiserver https://k8s.prod.example.com uninstall api", {}, "prod"),
    ("helm --kube-context kind-dev uninstall api", {"HELM_KUBEAPISERVER": "https://k8s.prod.example.com"}, "prod"),
    ("helm --kube-context arn-x uninstall api", {"HELM_NAMESPACE": "prod"}, "prod"),
    ("helm --kube-context arn-x -n dev uninstall api", {"HELM_NAMESPACE": "prod"}, "dev"),
]


@pytest.mark.parametrize(("line", "env", "tier"), PRECEDENCE)
def test_kubectl_and_helm_take_the_source_they_would_really_use(line: str, env: dict[str, str], tier: str):
    assert where("kubernetes", line, env=env, files=FILES).tier == tier


def test_without_any_configuration_the_cluster_is_unknown():
    assert where("kubernetes", "kubectl delete deploy/api").tier == "unknown"


def test_a_namespace_does_not_soften_what_lies_outside_of_it():
    line = "kubectl --context arn-x -n dev delete node worker-1"
    assert where("kubernetes", line, files=FILES, effect=acting("kubernetes.node", "worker-1")).tier == "unknown"


def test_deleting_a_namespace_called_prod_is_prod():
    line = "kubectl --context kind-dev delete ns prod"
    assert where("kubernetes", line, files=FILES, effect=acting("kubernetes.namespace", "prod")).tier == "prod"


def test_the_account_of_an_eks_cluster_can_be_claimed():
    line = "kubectl --context arn:aws:eks:eu-west-1:111111111111:cluster/shop delete deploy/api"
    assert where("kubernetes", line, names=claiming("prod", "accounts", "111111111111")).tier == "prod"


def test_no_token_is_looked_at():
    around = Surroundings(Memory({"/home/dev/.kube/config": CONFIG}, {"HOME": "/home/dev"}), "/")
    view(Subject(acting("x"), command("kubectl get pods"), around, Names()), Dialect())
    assert "c-prod" in str(around.record())
    assert "sesame" not in str(around.record())


def test_a_forwarded_cluster_is_what_the_tunnel_reaches():
    listener = {6443: ("ssh", "-N", "-L", "6443:k8s.prod.example.com:443", "bastion")}
    assert (
        where("kubernetes", "kubectl --context kind-dev delete deploy/api", files=FILES, listeners=listener).tier
        == "prod"
    )
