"""Commands that choose a target for the commands after them: `kubectl config use-context`, `gcloud config set project`.

What they change stands in no file yet when the call is judged. So a command in the same call is asked twice, as things
stand and with the choice made, and the more dangerous answer counts. Where the choice comes later, or fails, this is
too careful; it is never too mild.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agentguard.model.command import Command, Option, Reading, Word
from agentguard.resolve.git_config import CHECKED_OUT
from agentguard.resolve.tunnel import opens

Strings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """One form: its words, the option that holds the choice (else the word after them), and what it is worth.

    A command whose target is found by resolver `at` behaves as if it had each of `options`, or `variable`, set to the
    choice, unless it says otherwise itself.
    """

    words: Strings
    at: str
    options: Strings = ()
    variable: str = ""
    chosen_by: Strings = ()
    pair: bool = False  # the choice is a key and its value, as in `git config KEY VALUE`


# The first word is the program of the table: rancher goes by doctl's.
CONTEXT = ("--context", "--kube-context", "--kubecontext")
SWITCHES = (
    Switch(
        ("aws", "eks", "update-kubeconfig"), "kubernetes", CONTEXT, chosen_by=("--name", "--cluster-name", "--alias")
    ),
    Switch(("az", "account", "set"), "azure", ("--subscription",), chosen_by=("-s", "--subscription", "-n", "--name")),
    Switch(("az", "aks", "get-credentials"), "kubernetes", CONTEXT, chosen_by=("-n", "--name", "--context")),
    Switch(("docker", "context", "use"), "docker", variable="DOCKER_CONTEXT"),
    Switch(("doctl", "kubernetes", "cluster", "kubeconfig", "save"), "kubernetes", CONTEXT),
    Switch(("firebase", "use"), "named", ("-P", "--project")),
    Switch(("gcloud", "config", "configurations", "activate"), "gcloud", ("--configuration",)),
    Switch(("gcloud", "config", "set", "core/project"), "gcloud", ("--project",)),
    Switch(("gcloud", "config", "set", "project"), "gcloud", ("--project",)),
    Switch(("gcloud", "container", "clusters", "get-credentials"), "kubernetes", CONTEXT),
    Switch(("git", "checkout"), "git", (CHECKED_OUT,)),
    Switch(("git", "checkout"), "git", (CHECKED_OUT,), chosen_by=("-b", "-B")),
    Switch(("git", "config"), "git", ("-c",), pair=True),
    Switch(("git", "config", "set"), "git", ("-c",), pair=True),
    Switch(("git", "switch"), "git", (CHECKED_OUT,)),
    Switch(("git", "switch"), "git", (CHECKED_OUT,), chosen_by=("-c", "-C")),
    Switch(("kubectl", "config", "set-context"), "kubernetes", ("-n",), chosen_by=("-n", "--namespace")),
    Switch(("kubectl", "config", "use"), "kubernetes", CONTEXT),
    Switch(("kubectl", "config", "use-context"), "kubernetes", CONTEXT),
    Switch(("kubectx",), "kubernetes", CONTEXT),
    Switch(("kubens",), "kubernetes", ("-n",)),
    Switch(("oc", "project"), "kubernetes", ("-n",)),
    Switch(("pulumi", "stack", "init"), "named", ("-s", "--stack")),
    Switch(("pulumi", "stack", "select"), "named", ("-s", "--stack")),
    Switch(("railway", "environment"), "named", ("-e", "--environment")),
    Switch(("railway", "link"), "named", ("-e", "--environment"), chosen_by=("-e", "--environment")),
    Switch(("supabase", "link"), "named", ("--project-ref",), chosen_by=("--project-ref",)),
    Switch(("terraform", "init"), "terraform", ("-backend-config",), chosen_by=("-backend-config",)),
    Switch(("terraform", "workspace", "new"), "terraform", variable="TF_WORKSPACE"),
    Switch(("terraform", "workspace", "select"), "terraform", variable="TF_WORKSPACE"),
)


PROGRAMS = frozenset(switch.words[0] for switch in SWITCHES)


def choosing(reading: Reading) -> Reading:
    """The commands of a call that choose a target for others: all of it that `resolve` needs, found once a call."""
    every = reading.commands
    return Reading(tuple(each for each in every if (each.program in PROGRAMS and _chooses(each)) or opens(each)))


def _chooses(command: Command) -> bool:
    return any(_choice(command, switch) is not None for switch in SWITCHES)


def switched(command: Command, at: str, commands: Sequence[Command]) -> Iterator[Command]:
    """The command as it would be after each choice that another command of the call makes in the same place."""
    for other in commands:
        if other is command or other.landing != command.landing:
            continue
        for switch in SWITCHES:
            choice = _choice(other, switch) if switch.at == at else None
            if choice is not None:
                yield _after(command, switch, choice)


def _choice(command: Command, switch: Switch) -> Word | None:
    words = (Word(command.program), *map(Word, command.path), *command.operands)
    if tuple(word.text for word in words[: len(switch.words)]) != switch.words:
        return None
    if switch.chosen_by:
        told = command.option(*switch.chosen_by)
        return told.value if told else None
    rest = words[len(switch.words) :]
    if switch.pair:
        return Word(f"{rest[0].text}={rest[1].text}", rest[0].known and rest[1].known) if len(rest) > 1 else None
    return next(iter(rest), None)


def _after(command: Command, switch: Switch, choice: Word) -> Command:
    """What the command says itself stands behind the choice, and so wins."""
    options = tuple(Option(name, choice) for name in switch.options)
    variables = ((switch.variable, choice),) if switch.variable else ()
    return replace(command, options=(*options, *command.options), variables=(*variables, *command.variables))
