"""Walks the tree in the order a shell would run it, and notes every program it would start.

Nothing is decided: both sides of every condition are walked, what follows an `exit` too. Where two ways leave different
states, both are kept. Every walk returns what the node writes to its standard output, as far as that can be known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from agentguard.model.command import UNKNOWN_PART, Unknown, Via, Word
from agentguard.parse.budget import DEPTH_LIMIT, Budget, OverBudget
from agentguard.parse.invocation import Invocation
from agentguard.parse.shell import arithmetic, branches, expand, loops, parameters, simple, tests
from agentguard.parse.shell.emission import program
from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.redirects import Streams, streams
from agentguard.parse.shell.scope import Scope
from agentguard.parse.shell.tree import (
    AndOr,
    ArithmeticCommand,
    Background,
    Case,
    For,
    ForArithmetic,
    Function,
    If,
    Node,
    Not,
    Pipeline,
    Redirected,
    Script,
    Simple,
    Subshell,
    Substitution,
    Test,
    Unread,
    While,
)
from agentguard.parse.shell.values import shown
from agentguard.surroundings import TooMuch

OUTPUT_LIMIT = 1 << 16  # characters of output that are followed
FILES_A_STEP = 20  # files the line wrote that one more program costs a step of the budget
VARIABLES_A_STEP = 50  # and variables it set
NEAR = 32  # findings among which the same Unknown is not noted twice
CALLED = frozenset({"command_not_found_handle", "command_not_found_handler"})  # functions the shell calls by itself
CALLED_BY_ZSH = frozenset(
    {"chpwd", "periodic", "precmd", "preexec", "zshaddhistory", "zshexit", "TRAPDEBUG", "TRAPERR", "TRAPEXIT",
     "TRAPHUP", "TRAPINT", "TRAPTERM", "TRAPZERR"}
)  # fmt: skip
CALL_LIMIT = 4  # calls of one function inside itself


@dataclass(slots=True)
class Shell:
    """The reading of one text: the state, what was found, and how deep the walk stands."""

    scope: Scope
    budget: Budget
    found: list[Invocation | Unknown] = field(default_factory=list)
    nested: int = 0
    calls: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()  # those being expanded
    quiet: bool = False  # a prelude: only what it defines counts
    repeated: bool = False  # something was walked more than once: the same finding may stand twice
    status: bool | None = None  # of the last command, where it is known
    parted: tuple[str, str] | None = None  # the directories where the last command succeeded, and where it failed
    pipes: int = 0
    leaked: bool = False  # output went to a descriptor that may lead anywhere
    merged: bool = False  # errors were joined to the output somewhere
    late: list[tuple[Substitution, str]] = field(default_factory=list)  # `>(…)` whose input is still to come

    # Text that becomes code ------------------------------------------------------------------------------------------

    def code(self, text: str, via: Via | None = None) -> str:
        """Read text as code in this shell (eval, a sourced file, an alias)."""
        before = self.scope.via
        self.scope.depth += 1
        try:
            self.budget.reentry(self.scope.depth)
            if via:
                self.scope.via = (*before, via)
            return self.run(parse(text, self.scope.dialect))
        finally:
            self.scope.depth -= 1
            self.scope.via = before

    def unread(self, why: str, text: str, *, limit: bool = False) -> None:
        unknown = Unknown(why, shown(text).replace(UNKNOWN_PART, "…"), anywhere=limit)
        if unknown not in self.found[-NEAR:]:
            self.found.append(unknown)

    # Shells inside this one ------------------------------------------------------------------------------------------

    def inside(self, act: Callable[[], str], scope: Scope | None = None) -> str:
        """Act in a shell of its own: what it changes is forgotten; its traps run when it ends."""
        before, late = self.scope, self.late
        self.scope, self.late = scope or before.fork(), []
        self.scope.traps = ()
        try:
            output = act()
            return output + self.ended()
        finally:
            self.scope, self.late, self.parted = before, late, None

    def ended(self) -> str:
        """What runs when a shell ends: its traps."""
        traps, self.scope.traps = self.scope.traps, ()
        return "".join(self.code(text, Via("trap", "trap")) for text in traps)

    def maybe(self, act: Callable[[], str]) -> tuple[Scope, str]:
        """Act on a copy of the state; the state it leaves, for `become`."""
        before = self.scope
        self.scope = before.fork()
        try:
            output = act()
            return self.scope, output
        finally:
            self.scope = before

    def captured(self, body: Script) -> str:
        """`$(…)`."""
        if not body.items:
            return ""
        scope = self.scope.fork()
        scope.via = (*scope.via, Via("substitution", "$()"))
        leaked, self.leaked = self.leaked, False
        output = self.inside(lambda: self.run(body), scope)
        whole = not self.leaked and len(output) <= OUTPUT_LIMIT
        self.leaked = leaked
        return output if whole else UNKNOWN_PART

    def piped(self, substitution: Substitution) -> str:
        """`<(…)`: a path whose text is what the commands write. `>(…)` is read once its input is known."""
        self.pipes += 1
        path = f"/dev/fd/{64 - self.pipes}"
        if substitution.form == ">(":
            self.late.append((substitution, path))
        else:
            output = self.captured(substitution.body)
            self.scope.files[path] = output
        return path

    def command(self, argv: list[Word], io: Streams, *, functions: bool = True) -> str:
        """One command inside another builtin (`command command …`)."""
        return self.deeper(lambda: simple.command(self, argv, io, functions=functions))

    def fed_by(self, io: Streams, act: Callable[[], str]) -> str:
        """Act with the input of `io` as this shell's own."""
        scope = self.scope
        before, late = (scope.stdin, scope.piped, scope.stdin_file), self.late
        scope.stdin, scope.piped, scope.stdin_file, self.late = io.stdin, io.piped, io.stdin_file, []
        output = act()
        scope.stdin, scope.piped, scope.stdin_file = before
        self.late = late
        return output

    def call(self, function: Function, arguments: tuple[str, ...]) -> str:
        return call(self, function, arguments)

    def renamed(self, name: str, path: str) -> None:
        """From here on `name` may start the program at `path` (`hash -p`)."""
        tree = parse(f'function {name} {{ command {parameters.quoted(path)} "$@"; }}', self.scope.dialect)
        made = [item for item in tree.items if isinstance(item, Function)]
        self.scope.functions[name] = (*made, *self.scope.functions.get(name, (None,)))

    def text_of(self, path: str) -> str | None:
        """The text of a file that decides what runs; None where it is absent or may not be read."""
        try:
            return self.scope.file(path)
        except (OSError, TooMuch) as error:
            self.unread(f"{path} cannot be read: {error}", path)
            return None

    def fed(self, substitution: Substitution, text: str) -> None:
        """Read the commands of `>(…)`, fed with `text`."""
        scope = self.scope.fork()
        scope.via = (*scope.via, Via("substitution", ">()"))
        scope.stdin, scope.piped, scope.stdin_file = text, True, ""
        self.inside(lambda: self.run(substitution.body), scope)

    # The walk ---------------------------------------------------------------------------------------------------------

    def run(self, node: Node) -> str:
        """Walk one node; its output."""
        self.budget.step()
        self.nested += 1
        try:
            if self.nested > DEPTH_LIMIT:
                raise OverBudget(f"commands nested more than {DEPTH_LIMIT} levels deep")
            output = WALKS[type(node)](self, node)
            late, self.late = self.late, []
            for substitution, _ in late:  # `>(…)` in a place that writes nothing to it
                self.fed(substitution, UNKNOWN_PART)
            return output
        finally:
            self.nested -= 1

    def deeper(self, act: Callable[[], str]) -> str:
        """Act one level deeper."""
        self.nested += 1
        try:
            if self.nested > DEPTH_LIMIT:
                raise OverBudget(f"commands nested more than {DEPTH_LIMIT} levels deep")
            return act()
        finally:
            self.nested -= 1

    def emit(self, argv: Sequence[Word], io: Streams) -> None:
        """Note one builtin, or redirects without any word."""
        self.found.append(program(self.scope, tuple(argv), io, own=True))

    def start(self, argv: Sequence[Word], io: Streams) -> None:
        """Note one program."""
        told = len(self.scope.files) // FILES_A_STEP + len(self.scope.variables) // VARIABLES_A_STEP
        self.budget.step(told)  # every program is told of all of them
        self.found.append(program(self.scope, tuple(argv), io, own=False))


def _pipeline(shell: Shell, node: Pipeline) -> str:
    """Every stage is a shell of its own (the last one not in zsh); what one writes is fed to the next."""
    output = ""
    stdin, piped, file = shell.scope.stdin, shell.scope.piped, shell.scope.stdin_file
    for place, stage in enumerate(node.stages):
        scope = shell.scope.fork()
        scope.stdin, scope.piped, scope.stdin_file = stdin, piped, file
        output = shell.inside(partial(shell.run, stage), scope)
        if place == len(node.stages) - 1 and (shell.scope.dialect == "zsh" or "lastpipe" in shell.scope.options):
            scope.stdin, scope.piped, scope.stdin_file = shell.scope.stdin, shell.scope.piped, shell.scope.stdin_file
            shell.scope.become(shell.scope, scope)
        stdin, piped, file = output, True, ""
    shell.status = None
    return output


def _not(shell: Shell, node: Not) -> str:
    """`!`: where it succeeded it failed, and the other way round."""
    output = shell.run(node.node)
    shell.status = None if shell.status is None else not shell.status
    shell.parted = shell.parted and shell.parted[::-1]
    return output


def _background(shell: Shell, node: Background) -> str:
    scope = shell.scope.fork()
    if node.fed:
        scope.stdin, scope.piped, scope.stdin_file = None, True, ""
    output = shell.inside(lambda: shell.run(node.node), scope)
    shell.status = True
    return output


def _subshell(shell: Shell, node: Subshell) -> str:
    return shell.inside(lambda: shell.run(node.body))


def _redirected(shell: Shell, node: Redirected) -> str:
    """A compound command: its redirects are noted, and its input is that of all its commands."""
    io = streams(shell, node.redirects)
    if io.redirects:
        shell.emit((), io)
    return simple.written(shell, shell.fed_by(io, lambda: shell.run(node.node)), io)


def _function(shell: Shell, node: Function) -> str:
    shell.scope.functions[node.name] = (node,)
    shell.status = True
    if node.name in CALLED or (node.name in CALLED_BY_ZSH and shell.scope.dialect == "zsh"):
        return shell.inside(lambda: call(shell, node, (UNKNOWN_PART,)))
    return "" if node.name else call(shell, node, ())


def call(shell: Shell, function: Function, arguments: tuple[str, ...]) -> str:
    """A function's body at its call, with its own positional parameters and local variables."""
    if shell.calls.count(function.name) >= CALL_LIMIT:
        shell.unread(f"`{function.name}` calls itself", function.name)
        return UNKNOWN_PART
    scope = shell.scope
    before, calls = (scope.positional, scope.via, scope.saved), shell.calls
    scope.positional, scope.saved = arguments, {}
    scope.via = (*scope.via, Via("function", function.name)) if function.name else scope.via
    shell.calls = (*calls, function.name)
    output = shell.run(function.body)
    for name, old in (scope.saved or {}).items():
        if old is None:
            scope.variables.pop(name, None)
        else:
            scope.variables[name] = old
    scope.positional, scope.via, scope.saved = before
    scope.jumped, shell.calls = False, calls
    return output


def _arithmetic(shell: Shell, node: ArithmeticCommand) -> str:
    found = arithmetic.number(shell, expand.text(shell, node.expression))
    shell.status = None if found is None else found != 0
    return ""


def _unread(shell: Shell, node: Unread) -> str:
    shell.unread(node.why, node.text, limit=node.limit)
    shell.status = None
    return UNKNOWN_PART


WALKS: dict[type, Callable[..., str]] = {
    AndOr: branches.and_or,
    ArithmeticCommand: _arithmetic,
    Background: _background,
    Case: branches.case,
    For: loops.for_each,
    ForArithmetic: loops.for_arithmetic,
    Function: _function,
    If: branches.if_,
    Not: _not,
    Pipeline: _pipeline,
    Redirected: _redirected,
    Script: branches.script,
    Simple: simple.simple,
    Subshell: _subshell,
    Test: tests.test,
    Unread: _unread,
    While: loops.while_,
}
