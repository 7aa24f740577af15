"""Rows of the tables onto commands: what each command and statement of a reading would do.

A program with no table is opaque code (execute, local); an unknown sub-command of a known tool is what its table says
of unlisted ones. Redirects count for every program alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agentguard.classify import files, moved
from agentguard.classify.guard import unprotecting
from agentguard.classify.irregular import IRREGULAR
from agentguard.classify.risk import risked, unread
from agentguard.classify.rounds import unread_skill, ways_round
from agentguard.classify.row import effect_of_row
from agentguard.classify.words import by_words
from agentguard.model.command import Command, Reading, Statement, Unknown, Word
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.parse.reader import asks_for_help
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox
from agentguard.tools.schema import Tool

NOTHING = Effect(Verb.READ, "nothing", undo=Undo.TRIVIAL)


def classify(reading: Reading, surroundings: Surroundings, toolbox: Toolbox) -> tuple[Effect, ...]:
    """Every effect of a reading, in order; one local read where there is none."""
    effects: list[Effect] = []
    carriers = _carriers(reading)
    for command in reading.commands:
        seen = surroundings if command.landing is None else surroundings.elsewhere()
        effects += files.redirected(command, seen)
        found = _command(command, seen, toolbox)
        effects += found if command.program not in carriers else [e for e in found if e.verb is not Verb.READ]
    for statement in reading.statements:
        effects += _statement(statement, toolbox)
    effects += [replace(could_not_read(unknown), at=_at(unknown, toolbox)) for unknown in reading.unknowns]
    effects += files.written(reading.edits, surroundings)
    effects += moved.followed(reading, tuple(effects), surroundings)
    effects += ways_round(reading, surroundings)
    return tuple(unread_skill(unprotecting(effect, surroundings)) for effect in effects) or (NOTHING,)


def _carriers(reading: Reading) -> frozenset[str]:
    """The programs through which something else was found: what they carry is their effect."""
    via = {via.program for command in reading.commands for via in command.via}
    carriers = [statement.carrier for statement in reading.statements] + [item.carrier for item in reading.unknowns]
    return frozenset(via | {carrier.program for carrier in carriers if carrier})


def could_not_read(unknown: Unknown) -> Effect:
    """The effect of what could not be read: it could be anything."""
    return Effect(
        Verb.UNKNOWN,
        "code",
        objects=(str(Word(unknown.text[:80])),) if unknown.text else (),
        reach=Reach.UNKNOWN,
        row="unread",
        because=unknown.why,
        safer=("write the command out so that it can be read",),
        source=unknown,
    )


def _at(unknown: Unknown, toolbox: Toolbox) -> str:
    """Where the unreadable would land: at the target of what carries it (SQL that psql cannot be seen to send)."""
    if unknown.anywhere:
        return "nowhere"
    tool = toolbox.tool(unknown.carrier.program) if unknown.carrier else None
    return tool.at if tool is not None and tool.at != "files" else "local"


def _statement(statement: Statement, toolbox: Toolbox) -> tuple[Effect, ...]:
    from agentguard.classify.sql import effects_of  # noqa: PLC0415 - loads SQL tables only where SQL was found

    tool = toolbox.tool(statement.carrier.program) if statement.carrier else None
    effects = effects_of(statement, tool.at if tool else "database")
    if statement.carrier is not None and _in_memory(statement.carrier):
        return tuple(replace(effect, undo=Undo.TRIVIAL, because="the database lives in memory") for effect in effects)
    return effects


def _in_memory(carrier: Command) -> bool:
    """Whether the client opened a database that is gone with it: sqlite3 and duckdb without a file."""
    return carrier.program in ("sqlite3", "duckdb") and all(w.text == ":memory:" for w in carrier.operands[:1])


def _command(command: Command, surroundings: Surroundings, toolbox: Toolbox) -> Sequence[Effect]:
    tool = toolbox.tool(command.program)
    if tool is None:
        return (_opaque(command),) if command.program else ()
    if asks_for_help(tool, command):
        return (_reading(tool, command),)
    row = tool.by_path.get(command.path)
    irregular = IRREGULAR.get(tool.program)
    if irregular is not None:
        found = irregular(command, tool, row, surroundings)
        if found is not None:
            return found
    said = by_words(tool, command) if row is None else effect_of_row(tool, row, command)
    effect = unread(risked(said, tool, command), tool, row, command)
    return files.spread(effect, command, surroundings) if effect.at == "files" else (effect,)


def _opaque(command: Command) -> Effect:
    return Effect(Verb.EXECUTE, "program", (command.program,), row="no table", source=command)


def _reading(tool: Tool, command: Command) -> Effect:
    return Effect(Verb.READ, tool.program, at=tool.at, undo=Undo.TRIVIAL, row=tool.program, source=command)
