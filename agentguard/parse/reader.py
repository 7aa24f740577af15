"""Read a call: every program, statement and unreadable part in it, through every wrapper.

    Call -> shell text | argv | SQL | a tool's arguments -> Invocations -> Commands, and what they carry, read in turn

The recursion lives here: what a command carries (a payload) comes from `payloads`, and is read by the same functions.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from dataclasses import dataclass, replace

from agentguard.model.call import Argv, Call, FileWrite, ShellLine, SqlText, ToolCall
from agentguard.model.command import Command, Reading, Unknown, Word
from agentguard.parse import named_programs, strangers, tool_calls
from agentguard.parse.argv import read_arguments
from agentguard.parse.budget import PAYLOAD_STEPS, WORDS_A_STEP, Budget, OverBudget
from agentguard.parse.carried import read_payload
from agentguard.parse.inputs import with_inputs
from agentguard.parse.invocation import Embedded, Invocation
from agentguard.parse.names import ScriptFile, program_of
from agentguard.parse.payload import Payload
from agentguard.parse.payloads import payloads_of
from agentguard.parse.shell import Scope, invocations, prelude
from agentguard.parse.skills import makes_run
from agentguard.surroundings import Surroundings, TooMuch
from agentguard.tools import Toolbox
from agentguard.tools.schema import Tool


def read(call: Call, surroundings: Surroundings, toolbox: Toolbox) -> Reading:
    """All commands, statements and unknowns of a call, in the order they would run.

    Returns:
        A Reading; where a budget ran out it ends with an Unknown and keeps what was found before.
    """
    return Reader(surroundings, toolbox, Budget()).call(call)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one call. `depth` counts how often text became code on the way here, `wraps` the wrappers since then."""

    surroundings: Surroundings
    toolbox: Toolbox
    budget: Budget
    depth: int = 0
    wraps: int = 0

    def call(self, call: Call) -> Reading:
        body = call.body
        match body:
            case ShellLine():
                scope = Scope.start(self.surroundings, call.cwd, dialect=body.dialect)
                prelude(body.preludes, scope, self.budget)
                return self.shell(body.text, scope)
            case Argv():
                fed = None if body.stdin is None else Word(body.stdin)
                words = tuple(Word(word) for word in body.words)
                return self.invocation(Invocation(words, cwd=call.cwd, stdin=fed, piped=body.piped))
            case SqlText():
                return self.sql(body.text, body.dialect, body.channel, None)
            case ToolCall():
                return self.tool_call(body, call.cwd)
            case FileWrite():
                path = os.path.join(call.cwd, body.path)
                return Reading(edits=(path,), running=(path,) if makes_run(body) else ())

    def deeper(self, surroundings: Surroundings | None = None, *, code: bool = True) -> Reader:
        """The reader of what a command carries: one level deeper in code, or behind one more wrapper."""
        seen = surroundings or self.surroundings
        if code:
            return replace(self, surroundings=seen, depth=self.depth + 1, wraps=0)
        return replace(self, surroundings=seen, wraps=self.wraps + 1)

    def shell(self, text: str, scope: Scope) -> Reading:
        """Text for a shell, read in execution order."""
        found = Reading()
        for item in invocations(text, scope, self.budget):
            if isinstance(item, Unknown):
                carrier = None if item.anywhere else _shell_of(scope)  # from a container, too, there is a way out
                found += Reading(unknowns=(replace(item, carrier=item.carrier or carrier),))
            elif not self.budget.spent:  # the last item is the Unknown that says so; every other would say the same
                found += self.invocation(item)
        return found

    def sql(self, text: str, dialect: str, channel: str, carrier: Command | None) -> Reading:
        """SQL, with what its client would hand to a shell or read from files."""
        from agentguard.parse.sql import statements  # noqa: PLC0415 - sqlglot takes 100 ms to import: only where SQL was found

        found = Reading()
        for item in statements(text, dialect, channel, carrier, self.budget):
            if isinstance(item, Embedded):
                found += self.embedded(item, dialect, carrier)
            elif isinstance(item, Unknown):
                found += Reading(unknowns=(item,))
            else:
                found += Reading(statements=(item,))
        return found

    def embedded(self, item: Embedded, dialect: str, carrier: Command | None) -> Reading:
        """A shell escape of an SQL client, or a file it includes."""
        command = carrier or Command("sql", ())
        if item.language == "shell":
            payload = Payload("shell", text=Word(item.text), how="escape")
        else:
            payload = Payload("sql", file=Word(item.text), dialect=dialect, how="include")
        return self.payload(payload, command, Invocation((), cwd=command.cwd, via=command.via))

    def tool_call(self, body: ToolCall, cwd: str) -> Reading:
        """A tool that is not a shell: arguments that carry code go through the readers, else its name's words count."""
        found = Reading()
        for payload in tool_calls.payloads(body):
            found += self.payload(payload, Command(body.tool, ()), Invocation((), cwd=cwd))
        return found if found != Reading() else Reading(commands=(tool_calls.command(body, cwd),))

    def invocation(self, invocation: Invocation) -> Reading:
        """One program: its command, and whatever it runs in turn."""
        try:
            self.budget.step()
            self.budget.reentry(self.depth)
            self.budget.wrap(self.wraps)
            return self._invocation(invocation)
        except (OverBudget, TooMuch) as limit:
            return Reading(unknowns=(Unknown(str(limit), _shown(invocation), anywhere=True),))

    def _invocation(self, invocation: Invocation) -> Reading:
        if not invocation.argv:
            return Reading(commands=(_command("", invocation),)) if invocation.redirects else Reading()
        first = invocation.argv[0]
        if not first.known:
            return Reading(unknowns=(Unknown("the name of the command is made at run time", _shown(invocation)),))
        program = program_of(first.text, invocation.cwd, self.surroundings, self.toolbox, dict(invocation.written))
        if isinstance(program, ScriptFile):
            return self._script(program, invocation)
        tool = self.toolbox.tool(program)
        return self._stranger(program, invocation) if tool is None else self._tool(tool, invocation)

    def _stranger(self, program: str, invocation: Invocation) -> Reading:
        """A program without a table: opaque, but for another program that its words or variables name."""
        command = _command(program, invocation)
        carried = (*strangers.payloads(invocation.argv, self.toolbox), *named_programs.payloads(invocation))
        return self._carried(Reading(commands=(command,)), carried, command, invocation)

    def _script(self, script: ScriptFile, invocation: Invocation) -> Reading:
        """A script started by its own path: read in the language of its first line."""
        payload = Payload(script.language, file=Word(script.path), rest=invocation.argv, how="script")
        inner = self.payload(payload, _command(script.path, invocation), invocation)
        return inner + Reading(commands=(_command(os.path.basename(script.path), invocation),))

    def _tool(self, tool: Tool, invocation: Invocation) -> Reading:
        arguments = read_arguments(tool, invocation.argv[1:])
        command = replace(
            _command(tool.program, invocation),
            path=arguments.path,
            options=tuple(arguments.options),
            operands=tuple(arguments.operands),
        )
        command = with_inputs(tool, arguments.row, command, invocation, self.surroundings)
        carried = list(named_programs.payloads(invocation))  # help goes through a pager, too
        if not asks_for_help(tool, command):
            carried += payloads_of(tool, arguments.row, command, invocation, self.surroundings)
        return self._carried(Reading(commands=(command,)), carried, command, invocation)

    def _carried(self, found: Reading, carried: Iterable[Payload], command: Command, invocation: Invocation) -> Reading:
        """What was found, and all that a command carries."""
        for payload in carried:
            found += self.payload(payload, command, invocation)
            if self.budget.spent:
                break
        return found

    def payload(self, payload: Payload, command: Command, invocation: Invocation) -> Reading:
        """Read what a command carries, in the language it is in, where it lands."""
        try:
            self.budget.step(PAYLOAD_STEPS + len(command.argv) // WORDS_A_STEP)
            return read_payload(self, payload, command, invocation)
        except (OverBudget, TooMuch) as limit:
            return Reading(unknowns=(Unknown(str(limit), _shown(invocation), anywhere=True),))


def asks_for_help(tool: Tool, command: Command) -> bool:
    """Whether the command only prints its help or version.

    A word asks for it where it ends the sub-command (`helm repo help`), and `help` where it begins it (`fly help apps
    destroy`). The name of an object does not (`fly apps destroy help`), but where the words of a sub-command are
    counted: `aws s3 rm help` prints a page.
    """
    asked = {option.name for option in command.options} | set(command.path[-1:]) | ({"help"} & set(command.path[:1]))
    if isinstance(tool.path, int):
        asked |= {word.text for word in command.operands[-1:]}
    return not asked.isdisjoint(tool.help)


def _command(program: str, invocation: Invocation) -> Command:
    return Command(
        program,
        invocation.argv,
        operands=invocation.argv[1:],
        redirects=invocation.redirects,
        via=invocation.via,
        cwd=invocation.cwd,
        variables=invocation.variables,
        bare_environment=invocation.bare_environment,
        stdin=invocation.stdin,
    )


def _shell_of(scope: Scope) -> Command:
    """The shell itself, as the carrier of what could not be read in it: it tells where that would run."""
    return Command("shell", (), via=scope.via, cwd=scope.cwd)


def _shown(invocation: Invocation) -> str:
    return " ".join(str(word) for word in invocation.argv)
