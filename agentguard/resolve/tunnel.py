"""What a local port really reaches, where a known tunnel listens on it.

Promises: a tunnel whose far end can be read off its command line is what it reaches; any other known tunnel is unknown.
Of a command line only what its reader needs is kept, so that no token in it enters a record.
Refuses to trust a listener that is no tunnel it knows: that is a server on this machine.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from agentguard.model.command import Command, Option, Word
from agentguard.model.environment import Evidence
from agentguard.resolve import kubeconfig, ssh_config
from agentguard.resolve.address import is_loopback, read_url, without_login
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import RAISING, Piece, tier_of
from agentguard.surroundings import Json, Surroundings

Argv = tuple[str, ...]

SSH_VALUES = "BbcDEeFIiJLlmOoPpQRSWw"  # options of ssh that take a value
SSH_KEPT = frozenset({"-F", "-J", "-L", "-p"})
SSH_SETTINGS = frozenset({"hostname", "port", "proxyjump"})  # of `-o`; a ProxyCommand may hold anything
KUBECTL_OPTIONS = ("--context", "--cluster", "--server", "--namespace", "--kubeconfig", "-n", "-s")
NAME_LIMIT = 256  # characters of an instance's name
_OPENED_BY = {  # the word without which a program opens none
    "autossh": "-L", "fly": "proxy", "flyctl": "proxy", "gcloud": "start-iap-tunnel", "kubectl": "port-forward",
    "ssh": "-L", "tsh": "proxy",
}  # fmt: skip
_LOCAL_PORT = re.compile(r"(\d+)(?=:)|^\D*(\d+)$")  # 5433:host:5432, 5432:5432, --port=5432
_INSTANCE = re.compile(r"[a-z][\w.:-]*:[a-z0-9-]+:[\w-]+")
_OPAQUE = frozenset(
    "boundary chisel cloudflared fly flyctl gost haproxy kubefwd ngrok pgbouncer pscale socat stunnel stunnel4 "
    "telepresence tsh".split()
)  # known to carry elsewhere; where to is not read


@dataclass
class Tunnelled(Surroundings):
    """This machine as it will be once a command of the call itself has opened its tunnel; `tunnel` is its argv."""

    tunnel: Argv = ()

    def listener(self, port: int, reader: Callable[[Argv], Json]) -> Json:
        """What the tunnel makes of a port that its words name; it stands in the call, so nothing is looked at."""
        numbers = {"".join(found) for word in self.tunnel[1:] for found in _LOCAL_PORT.findall(word)}
        return reader(self.tunnel) if not numbers or str(port) in numbers else super().listener(port, reader)


def opens(command: Command) -> bool:
    """Whether a command of a call opens a tunnel on this machine."""
    name = _program(tuple(word.text for word in command.argv))
    asked = _OPENED_BY.get(name, "")
    known = name in READERS or name in _OPAQUE
    return known and (command.has(asked) or any(asked in word.text for word in command.argv[1:]))


def tunnelled(surroundings: Surroundings, commands: Sequence[Command]) -> Iterator[Surroundings]:
    """The machine as each command that opens a tunnel would leave it."""
    for command in commands:
        if command.landing is None and opens(command):
            argv = tuple(word.text for word in command.argv)
            yield Tunnelled(
                **{each.name: getattr(surroundings, each.name) for each in fields(Surroundings)}, tunnel=argv
            )


def through(subject: Subject, port: int) -> tuple[Piece, ...] | None:
    """What a tunnel on this local port reaches, as pieces that may match nothing; None where no tunnel listens."""
    kept = subject.surroundings.listener(port, _kept)
    argv = tuple(map(str, kept)) if isinstance(kept, list) else ()
    if not argv:
        return None
    reader = READERS[argv[0]].reader if argv[0] in READERS else _opaque
    return reader(subject, argv, port)


def _kept(argv: Argv) -> Json:
    """The program's name and the words that its reader needs, in the order of its own command line; else nothing."""
    program = _program(argv)
    if program in READERS:
        return [program, *READERS[program].kept(argv)]
    return [program] if program in _OPAQUE else []


def _program(argv: Argv) -> str:
    if any(os.path.basename(word) == "gcloud.py" for word in argv[1:4]):
        return "gcloud"
    return os.path.basename(argv[0].split(" ")[0].rstrip(":")) if argv else ""


def _ssh(subject: Subject, argv: Argv, port: int) -> tuple[Piece, ...]:
    """`ssh -L [bind:]port:host:hostport destination`: the host behind; the destination only raises unless it is it."""
    command = _ssh_command(argv)
    source = f"ssh tunnel on port {port}"
    if not command.operands:
        return _opaque(subject, argv, port)
    far = ssh_config.machine(subject.of(command), command.operands[0].text, source)
    machine: list[Piece] = [("host", far.written), ("host", far.dialled)]
    behind: list[Piece] = [
        ("host", Evidence(source, host)) for host in _forwarded(command, port) if not is_loopback(host)
    ]
    if behind:
        machine = [piece for piece in machine if (hit := tier_of(subject.names, *_named(piece))) and hit[0] in RAISING]
    return tuple(piece for piece in (*behind, *machine) if not is_loopback(piece[1].says))


def _named(piece: Piece) -> tuple[str, str]:
    return piece[0], piece[1].says


def _forwarded(command: Command, port: int) -> Iterator[str]:
    """The hosts behind a local port."""
    for option in command.options:
        parts = option.value.text.split(":") if option.name == "-L" and option.value else []
        if len(parts) >= 3 and parts[-3] == str(port):
            yield parts[-2]


def _ssh_command(argv: Argv) -> Command:
    """The options and the destination of an ssh; short options may stand in one word, the last with its value."""
    valued = SSH_VALUES + ("M" if _program(argv) == "autossh" else "")
    options: list[Option] = []
    words = iter(argv[1:])
    for word in words:
        if not word.startswith("-"):
            return Command("ssh", tuple(map(Word, argv)), options=tuple(options), operands=(Word(word),), cwd="/")
        at = next((at for at, letter in enumerate(word) if at and letter in valued), None)
        if at is not None:
            options.append(Option(f"-{word[at]}", Word(word[at + 1 :] or next(words, ""))))
    return Command("ssh", tuple(map(Word, argv)), cwd="/")


def _ssh_kept(argv: Argv) -> Iterator[str]:
    command = _ssh_command(argv)
    for option in command.options:
        value = option.value.text if option.value else ""
        setting = value.replace("=", " ").partition(" ")[0].casefold() if option.name == "-o" else ""
        if option.name in SSH_KEPT or setting in SSH_SETTINGS:
            yield from (option.name, value)
    yield from (word.text.rpartition("@")[2] for word in command.operands)


def _kubectl_kept(argv: Argv) -> Iterator[str]:
    yield from (word for word in argv if word == "port-forward")
    for option in _long_options(argv, KUBECTL_OPTIONS):
        yield f"{option.name}={without_login(option.value.text) if option.value else ''}"


def _kubectl(subject: Subject, argv: Argv, port: int) -> tuple[Piece, ...]:
    """`kubectl port-forward`: the cluster and namespace it was started for."""
    if "port-forward" not in argv:
        return _opaque(subject, argv, port)
    told = _long_options(argv, KUBECTL_OPTIONS)
    command = Command("kubectl", tuple(map(Word, argv)), options=told, cwd="/")
    seen = kubeconfig.view(subject.of(command), kubeconfig.Dialect())
    url = read_url(seen.server.says) if seen.server else None
    far = [a.host for a in url.addresses if not is_loopback(a.host)] if url else []
    pieces = [("context", seen.context), ("cluster", seen.cluster), ("namespace", seen.namespace)]
    hosts: list[Piece] = [("host", Evidence(f"kubectl port-forward on port {port}", host)) for host in far]
    return (*((sort, evidence) for sort, evidence in pieces if evidence), *hosts)


def _instances(argv: Argv) -> Iterator[str]:
    """The instances that Google's database proxy is told, each `project:region:instance`."""
    found = (_INSTANCE.search(word.partition("?")[0][:NAME_LIMIT]) for word in argv[1:])
    yield from (match.group() for match in found if match)


def _sql_proxy(_: Subject, argv: Argv, port: int) -> tuple[Piece, ...]:
    source, instances = f"{argv[0]} on port {port}", argv[1:]
    projects: list[Piece] = [("project", Evidence(source, name.rsplit(":", 2)[0])) for name in instances]
    return (*projects, *(("instance", Evidence(source, name)) for name in instances))


def _session_kept(argv: Argv) -> Iterator[str]:
    """AWS's session plugin is told a session with its token, region, operation, profile and request: the last two."""
    profile, request = (*argv[4:6], "", "")[:2]
    host = re.search(r'"host":\s*\[\s*"([^"]+)"', request)
    yield from (profile, host[1] if host else "")


def _session(subject: Subject, argv: Argv, port: int) -> tuple[Piece, ...]:
    source = f"aws ssm session on port {port}"
    told = zip(("profile", "host"), argv[1:], strict=True)
    return tuple((sort, Evidence(source, name)) for sort, name in told if name) or _opaque(subject, argv, port)


def _project_kept(argv: Argv) -> Iterator[str]:
    yield from (option.value.text for option in _long_options(argv, ("--project",)) if option.value)


def _gcloud(subject: Subject, argv: Argv, port: int) -> tuple[Piece, ...]:
    source = f"gcloud tunnel on port {port}"
    return tuple(("project", Evidence(source, name)) for name in argv[1:]) or _opaque(subject, argv, port)


def _opaque(_: Subject, argv: Argv, port: int) -> tuple[Piece, ...]:
    return (("tunnel", Evidence(f"port {port} on this machine", f"a tunnel ({argv[0]}) to somewhere else")),)


def _long_options(argv: Argv, names: tuple[str, ...]) -> tuple[Option, ...]:
    found: list[Option] = []
    for at, word in enumerate(argv):
        name, told, value = word.partition("=")
        if name in names:
            found.append(Option(name, Word(value if told else "".join(argv[at + 1 : at + 2]))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A program that carries elsewhere: the words of its command line that are kept, and where to those say it does."""

    kept: Callable[[Argv], Iterator[str]]
    reader: Callable[[Subject, Argv, int], tuple[Piece, ...]]


READERS: Mapping[str, Tunnel] = {
    "alloydb-auth-proxy": Tunnel(_instances, _sql_proxy),
    "autossh": Tunnel(_ssh_kept, _ssh),
    "cloud-sql-proxy": Tunnel(_instances, _sql_proxy),
    "cloud_sql_proxy": Tunnel(_instances, _sql_proxy),
    "gcloud": Tunnel(_project_kept, _gcloud),
    "kubectl": Tunnel(_kubectl_kept, _kubectl),
    "session-manager-plugin": Tunnel(_session_kept, _session),
    "ssh": Tunnel(_ssh_kept, _ssh),
}
