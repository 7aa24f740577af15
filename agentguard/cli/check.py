"""`agentguard check`: what a command would do and what the policy makes of it. It only reads; nothing is run.

With one COMMAND it explains the verdict to a person, with the caller's own environment. With `--batch` it judges
JSON lines, each with an environment of its own (`cli/batch.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import click

from agentguard.audit.binding import knowing
from agentguard.audit.redaction import KEY_BYTES, Redactor
from agentguard.broker.own import own
from agentguard.broker.places import places
from agentguard.broker.rulebook import Rulebooks, of_file
from agentguard.cli import terminal
from agentguard.cli.batch import Bench, answers, told
from agentguard.cli.explain import explain
from agentguard.engine import judge, plan
from agentguard.model.call import Body, Call, ShellLine, SqlText
from agentguard.model.errors import Exit
from agentguard.model.verdict import Action
from agentguard.policy import shipped
from agentguard.policy.names import shipped_names
from agentguard.surroundings import Machine, Own, Surroundings
from agentguard.tools import Toolbox
from agentguard.tools import shipped as shipped_tools

ENDS = {Action.ALLOW: Exit.DONE, Action.ASK: Exit.HELD, Action.HOLD: Exit.HELD, Action.BLOCK: Exit.BLOCKED}


BATCH = click.File("r", encoding="utf-8", errors="surrogateescape")
FOLDER = click.Path(exists=True, file_okay=False, resolve_path=True)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("text", metavar="COMMAND", required=False)
@click.option("--sql", is_flag=True, help="COMMAND is SQL as it goes to the server.")
@click.option("--dialect", default="postgres", show_default=True, help="Of the SQL.")
@click.option("--shell", type=click.Choice(["bash", "sh", "zsh"]), default="bash", show_default=True)
@click.option("--cwd", type=FOLDER, help="Where it would start, instead of here.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="One policy file instead of those that hold here.",
)
@click.option("--config", type=FOLDER, help="Where your policy files lie, instead of the usual place.")
@click.option("--json", "as_json", is_flag=True, help="The verdict as one line of JSON.")
@click.option("--batch", metavar="FILE", type=BATCH, help="Judge JSON lines; `-` is standard input.")
def command(  # noqa: PLR0913, PLR0917 - one parameter an option, as click wants it
    text: str | None,
    sql: bool,
    dialect: str,
    shell: str,
    cwd: str | None,
    policy: Path | None,
    config: str | None,
    as_json: bool,
    batch: IO[str] | None,
) -> int:
    """Say what COMMAND would destroy, where, and what the policy makes of it. Nothing is run.

    Ends with 0 where it would be allowed, 3 where it would be asked about or held, 4 where it would be blocked.
    """
    if (text is None) == (batch is None):
        raise click.UsageError("give either a COMMAND or `--batch FILE`")
    if batch is not None:
        bench = _shipped(policy)
        for answer in answers(batch, bench):
            terminal.answer_json(answer)
        return Exit.DONE
    where = cwd or str(Path.cwd())
    body: Body = SqlText(text or "", dialect) if sql else ShellLine(text or "", shell)
    bench = _shipped(policy) if policy else _here(where, config)
    return _explain(Call(body, where), bench, own(places(config=config)), as_json)


def _shipped(policy: Path | None) -> Bench:
    """What ships, or one file in place of the policy that ships."""
    toolbox = Toolbox(shipped_tools(), shipped_names())
    return Bench(toolbox, of_file(policy, toolbox) if policy else shipped("default"))


def _here(cwd: str, config: str | None) -> Bench:
    """What the broker would judge a call in `cwd` with."""
    rules = Rulebooks(shipped_tools(), places(config=config)).at(cwd)
    return Bench(rules.toolbox, rules.policy)


def _explain(call: Call, bench: Bench, guards: Own, as_json: bool) -> int:
    made = plan(call, Surroundings(Machine(dict(os.environ)), call.cwd, own=guards), bench.toolbox)
    verdict = judge(made, bench.policy, bench.standing)
    if as_json:
        terminal.answer_json(told(made, verdict))
    else:
        terminal.paint(explain(made, verdict, knowing(made, Redactor(os.urandom(KEY_BYTES))), terminal.columns()))
    return ENDS[verdict.action]
