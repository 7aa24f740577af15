"""kubectl itself, asked which cluster it dials and in which namespace, and our answer to the same line.

The clusters are servers on this machine, one address each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resolve.loopback import DISCOVERY, Heard, http, listening
from tests.resolve.real import World, needs


def config(current: str = "", clusters: str = "", contexts: str = "") -> str:
    """A kubeconfig; clusters `name=host`, contexts `name=cluster` or `name=cluster/namespace`."""
    lines = ["apiVersion: v1", "kind: Config", *([f"current-context: {current}"] if current else [])]
    lines += ["users: [{name: u, user: {token: sesame}}]", "clusters:"]
    for name, _, host in (entry.partition("=") for entry in clusters.split()):
        lines.append(f'- {{name: {name}, cluster: {{server: "http://{host}:{{port}}"}}}}')
    lines.append("contexts:")
    for name, _, rest in (entry.partition("=") for entry in contexts.split()):
        cluster, _, namespace = rest.partition("/")
        told = f", namespace: {namespace}" if namespace else ""
        lines.append(f"- {{name: {name}, context: {{cluster: {cluster}, user: u{told}}}}}")
    return "\n".join(lines) + "\n"


CLUSTERS = "c1=127.0.0.1 c2=127.0.0.2 c3=127.0.0.3"
FILES = {
    "~/.kube/config": config("one", CLUSTERS, "one=c1/ns-one two=c2 three=c3/ns-three"),
    "second": config("two", CLUSTERS, "one=c1/ns-one two=c2/ns-two"),
    "no-current": config("", "c1=127.0.0.3", "one=c1/ns-other"),
    "current-alone": "apiVersion: v1\nkind: Config\ncurrent-context: three\n",
    "user-alone": config("bare", "", "bare=c2"),
    "json": '{"apiVersion": "v1", "kind": "Config", "current-context": "j", "clusters": [{"name": "j", "cluster": '
    '{"server": "http://127.0.0.3:{port}"}}], "contexts": [{"name": "j", "context": {"cluster": "j"}}]}',
}
SECOND = {"KUBECONFIG": "second"}
ROWS: list[tuple[str, dict[str, str]]] = [
    ("kubectl get pods", {}),
    ("kubectl --context two get pods", {}),
    ("kubectl get pods --context=three", {}),
    ("kubectl --context two --context three get pods", {}),
    ("kubectl --context three --context one get pods --context two", {}),
    ("kubectl --cluster c2 get pods", {}),
    ("kubectl --context two --cluster c3 get pods", {}),
    ("kubectl --server http://127.0.0.3:{port} get pods", {}),
    ("kubectl -s http://127.0.0.3:{port} --cluster c2 --context one get pods", {}),
    ("kubectl -s 127.0.0.2:{port} get pods", {}),
    ("kubectl -n ns-told get pods", {}),
    ("kubectl --context three --namespace=ns-told get pods", {}),
    ("kubectl -n ns-told -n ns-last get pods", {}),
    ("kubectl get pods", SECOND),
    ("kubectl get pods", {"KUBECONFIG": "missing:second:{home}/.kube/config"}),
    ("kubectl get pods", {"KUBECONFIG": "{home}/.kube/config:second"}),
    ("kubectl get pods", {"KUBECONFIG": "no-current:second"}),
    ("kubectl get pods", {"KUBECONFIG": "no-current:{home}/.kube/config"}),
    ("kubectl get pods", {"KUBECONFIG": "current-alone:{home}/.kube/config"}),
    ("kubectl get pods", {"KUBECONFIG": "user-alone:{home}/.kube/config"}),
    ("kubectl get pods", {"KUBECONFIG": ":second"}),
    ("kubectl get pods", {"KUBECONFIG": ""}),
    ("kubectl get pods", {"KUBECONFIG": "json"}),
    ("kubectl --kubeconfig second get pods", {}),
    ("kubectl --kubeconfig={home}/.kube/config get pods", SECOND),
    ("KUBECONFIG=second kubectl get pods", {}),
    ("export KUBECONFIG=second; kubectl get pods", {}),
    ("cd /; KUBECONFIG={home}/work/shop/second kubectl get pods", {}),
    ("KUBECONFIG=second; kubectl get pods", {}),
    ("(export KUBECONFIG=second); kubectl get pods", {}),
]


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    with listening(http({**DISCOVERY})) as servers:
        yield servers


@needs("kubectl")
@pytest.mark.parametrize(("line", "env"), ROWS)
def test_kubectl_dials_the_cluster_that_we_name(line: str, env: dict[str, str], heard: Heard, tmp_path: Path):
    world = World(tmp_path, {"port": heard.port}).write(FILES)
    heard.calls.clear()
    said = world.run(line, env)
    assert heard.calls, said.stderr
    host, path = heard.calls[-1]
    namespace = path.split("/")[4]
    candidates = {told for told in world.told(line, env) if told.startswith(("127.", "ns-"))}
    assert candidates == {host, namespace} - {"default"}


@needs("kubectl")
def test_what_current_context_prints_is_not_where_a_line_with_a_context_goes(tmp_path: Path):
    world = World(tmp_path, {"port": 1}).write(FILES)
    assert world.run("kubectl config current-context --context three", {}).stdout.strip() == "one"
    assert world.told("kubectl get pods --context three", {}) >= {"three", "127.0.0.3"}


@needs("kubectl")
def test_without_a_configuration_kubectl_dials_this_machine_and_we_say_that_nothing_is_known(tmp_path: Path):
    world = World(tmp_path).write({})
    assert "localhost:8080" in world.run("kubectl get pods --request-timeout=2", {}).stderr
    assert world.told("kubectl get pods", {}) == set()
