"""The command line: which commands there are, and how whatever they end with becomes an exit code.

Promises: `agentguard --help` imports no command; a command is imported when it is called. Refuses tracebacks for
errors a person can mend. The table is explicit and sorted, nothing is discovered.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

import click

from agentguard import __version__
from agentguard.cli import terminal
from agentguard.model.errors import AgentguardError, Exit


class Entry(NamedTuple):
    """A command: its name, which is also its file in this folder, and what it does in one line."""

    name: str
    about: str


COMMANDS = (
    Entry("approve", "Show a held call and vote for it, with your SSH key."),
    Entry("check", "Say what a command would destroy, where, and the verdict."),
    Entry("confirm", "Confirm a call of your own that the agent could not ask you about."),
    Entry("deny", "Vote against a held call; one is enough."),
    Entry("doctor", "Try the guard as it is installed, and say what that is worth."),
    Entry("env", "Say which environment this shell would reach, and why."),
    Entry("hook", "Answer one event of an agent's hook."),
    Entry("init", "Set up the first person from an existing SSH public key."),
    Entry("install", "Put the hook into an agent's settings."),
    Entry("log", "Read the audit log, and verify it."),
    Entry("pending", "List the calls that wait for a person."),
    Entry("person", "List the persons who may vote, or add one."),
    Entry("policy", "Check, test or describe policy files."),
    Entry("serve", "Run the broker in the foreground."),
    Entry("shell", "Stand before an agent's shell, and judge each line it is given."),
    Entry("shims", "Stand before the programs that can destroy something."),
    Entry("show", "Show the card of one held call."),
    Entry("status", "Say how the broker stands."),
    Entry("stop", "Stop the broker."),
    Entry("ticket", "Print a held call as a text for a person on another machine."),
    Entry("tool", "Explain what a tool's table says, or check a table of your own."),
    Entry("uninstall", "Take the hook out of an agent's settings again."),
    Entry("vote", "Take in the answer to a ticket."),
    Entry("wait", "Wait until a held call is decided."),
    Entry("withdraw", "Take back a held call of your own."),
)

EXIT_CODES = {
    Exit.DONE: "done, allowed, approved, intact",
    Exit.ERROR: "error",
    Exit.USAGE: "wrong usage",
    Exit.HELD: "ask or held",
    Exit.BLOCKED: "blocked, denied, expired",
    Exit.TAMPERED: "the log was tampered with",
    Exit.UNWITNESSED: "the log is intact, its end unwitnessed",
    Exit.CANNOT_TELL: "cannot tell",
    Exit.STILL_HELD: "still held, try again",
}


class Commands(click.Group):
    """The commands of COMMANDS, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"agentguard.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in EXIT_CODES.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="agentguard %(version)s")
def agentguard() -> None:
    """Hold what an agent would destroy until a second person has approved."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own) and return its exit code."""
    terminal.ready()
    try:
        ended = agentguard.main(args=arguments, prog_name="agentguard", standalone_mode=False)
        terminal.flush()
    except AgentguardError as error:
        return terminal.fail(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return Exit.ERROR
    except BrokenPipeError:  # the reader has what it wanted (`| head`)
        terminal.leave()
        return Exit.ERROR
    except OSError as error:
        return terminal.fail(AgentguardError(error.strerror or str(error), place=str(error.filename or "")))
    return int(ended) if isinstance(ended, int) else Exit.DONE


def main() -> None:
    """The entry point of the `agentguard` program."""
    sys.exit(run())
