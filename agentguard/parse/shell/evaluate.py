"""Walks the tree in the order a shell would run it, and notes every program it would start.

Nothing is decided: both sides of every condition are walked, what follows an `exit` too. Where two ways leave different
states, both are kept. Every walk returns what the node writes to its standard output, as far as that can be known.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from agentguard.model.command import UNKNOWN_PART, Unknown, Via, Word
from agentguard.parse.budget import DEPTH_LIMIT, Budget, OverBudget
from agentguard.parse.invocation import Invocation
from agentguard.parse.shell import arithmetic, expand, loops, simple, tests
from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.redirects import Streams, streams
from agentguard.parse.shell.scope import Scope, shown, word_of
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
from agentguard.surroundings import TooMuch

RUNNERS = frozenset(
    {
        "ash", "bash", "busybox", "clickhouse-client", "cockroach", "cqlsh", "dash", "doas", "docker", "duckdb", "env", "fish",
        "kubectl", "ksh", "lua", "make", "mariadb", "mongo", "mongosh", "mysql", "node", "nohup", "parallel", "perl",
        "php", "podman", "psql", "python", "redis-cli", "ruby", "sh", "sqlcmd", "sqlite", "sqlplus", "ssh", "su", "sudo", "timeout",
        "xargs", "zsh",
    }
)  # fmt: skip  # programs that run what they are given: for these alone a file is read to know their words or input
OUTPUT_LIMIT = 1 << 16  # characters of output that are followed
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
    pipes: int = 0
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

    def unread(self, why: str, text: str) -> None:
        self.found.append(Unknown(why, shown(text).replace(UNKNOWN_PART, "…")))

    # Shells inside this one ------------------------------------------------------------------------------------------

    def inside(self, act: Callable[[], str], scope: Scope | None = None) -> str:
        """Act in a shell of its own: what it changes is forgotten; its traps run when it ends."""
        before = self.scope
        self.scope = scope or before.fork()
        self.scope.traps = ()
        try:
            output = act()
            return output + self.ended()
        finally:
            self.scope = before

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
        late, self.late = self.late, []
        try:
            output = self.inside(lambda: self.run(body), scope)
        finally:
            self.late = late
        return output if len(output) <= OUTPUT_LIMIT else UNKNOWN_PART

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
        return simple.command(self, argv, io, functions=functions)

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
        if self.nested > DEPTH_LIMIT:
            self.nested -= 1
            raise OverBudget(f"commands nested more than {DEPTH_LIMIT} levels deep")
        try:
            return WALKS[type(node)](self, node)
        finally:
            self.nested -= 1

    def emit(self, argv: Sequence[Word], io: Streams) -> None:
        """Note one program."""
        scope = self.scope
        cwd = scope.cwd
        runs = bool(argv) and os.path.basename(argv[0].text).rstrip("0123456789.") in RUNNERS
        stdin, stdin_file = _fed(scope, io, runs=runs)
        found = Invocation(
            tuple(argv),
            io.redirects,
            scope.via,
            "" if UNKNOWN_PART in cwd else cwd,
            scope.exported() if scope.variables else (),
            scope.bare_environment,
            stdin,
            io.piped,
            stdin_file,
            tuple((path, word_of(shown(scope.forced(text) if runs else text))) for path, text in scope.files.items()),
        )
        self.found.append(_settled(scope, found, runs=runs) if scope.later else found)


def _fed(scope: Scope, io: Streams, *, runs: bool) -> tuple[Word | None, str]:
    """What a program is fed: text, or a file. A text of which nothing is known is none."""
    if io.stdin is None:
        return None, io.stdin_file
    later = scope.promised(io.stdin)
    if later and later.path:
        return None, later.path
    text = shown(scope.forced(io.stdin) if runs else io.stdin)
    if UNKNOWN_PART in text and not text.strip(UNKNOWN_PART + " \n"):
        return None, io.stdin_file
    return word_of(text), io.stdin_file


def _settled(scope: Scope, found: Invocation, *, runs: bool) -> Invocation:
    """The words without the marks of what is looked up later: looked up where the program runs what it is given."""
    argv = tuple(_word(scope, word, runs=runs) for word in found.argv)
    redirects = tuple(replace(each, target=_word(scope, each.target, runs=False)) for each in found.redirects)
    variables = tuple((name, value and _word(scope, value, runs=False)) for name, value in found.variables)
    return replace(found, argv=argv, redirects=redirects, variables=variables)


def _word(scope: Scope, word: Word, *, runs: bool) -> Word:
    return word if word.known else word_of(shown(scope.forced(word.text) if runs else word.text), word.glob)


def _script(shell: Shell, node: Script) -> str:
    output = []
    for place, item in enumerate(node.items):
        output.append(shell.run(item))
        if shell.scope.jumped and place + 1 < len(node.items):
            rest = Script(node.items[place + 1 :])
            shell.scope.jumped = False
            state, text = shell.maybe(partial(shell.run, rest))
            shell.scope.become(shell.scope, state)
            shell.scope.jumped = True
            output.append(text and UNKNOWN_PART)
            break
    return "".join(output)


def _and_or(shell: Shell, node: AndOr) -> str:
    """States where it succeeded and where it failed are kept apart, so that `cd x && rm` is read in x alone."""
    before = shell.scope
    output = shell.run(node.first)
    yes: Scope | None = before if shell.status is not False else None
    no: Scope | None = before.fork() if shell.status is not True else None
    for sign, each in node.rest:
        entry = yes if sign == "&&" else no
        live = entry is not None
        shell.scope = (entry or yes or no or before).fork()
        doubtful = live and (no if sign == "&&" else yes) is not None
        text = shell.run(each)
        state, status = shell.scope, shell.status
        if not live:
            continue
        output = output + text if not text or not doubtful else UNKNOWN_PART
        after = [state] if status is not False else []
        failed = [state] if status is not True else []
        yes = _joined(after if sign == "&&" else [*filter(None, [yes]), *after])
        no = _joined(failed if sign == "||" else [*filter(None, [no]), *failed])
    shell.scope = before
    before.become(*[state for state in (yes, no) if state is not None])
    shell.status = True if no is None else False if yes is None else None
    return output


def _joined(states: list[Scope]) -> Scope | None:
    if not states:
        return None
    found = states[0].fork()
    found.become(*(state.fork() for state in states))
    return found


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
            shell.scope.become(shell.scope.fork(), scope)
        stdin, piped, file = output, True, ""
    shell.status = None
    return output


def _background(shell: Shell, node: Background) -> str:
    output = shell.inside(lambda: shell.run(node.node))
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


def _if(shell: Shell, node: If) -> str:
    left: list[Scope] = []
    outputs = []
    for condition, body in node.arms:
        outputs.append(shell.run(condition))
        state, text = shell.maybe(partial(shell.run, body))
        left.append(state)
        outputs.append(text)
    if node.otherwise is not None:
        state, text = shell.maybe(lambda: shell.run(node.otherwise or Script(())))
        shell.scope.become(state, *left)
        outputs.append(text)
    else:
        shell.scope.become(shell.scope.fork(), *left)
    shell.status = None
    return UNKNOWN_PART if any(outputs) else ""


def _case(shell: Shell, node: Case) -> str:
    expand.text(shell, node.word)
    left: list[Scope] = [shell.scope.fork()]
    through: Scope | None = None
    outputs = []
    for patterns, body, sign in node.arms:
        for pattern in patterns:
            expand.pattern(shell, pattern)
        if through is not None:
            shell.scope.become(shell.scope.fork(), through)
        state, text = shell.maybe(partial(shell.run, body))
        outputs.append(text)
        left.append(state)
        through = state if sign == ";&" else None
    shell.scope.become(*left)
    shell.status = None
    return UNKNOWN_PART if any(outputs) else ""


def _function(shell: Shell, node: Function) -> str:
    shell.scope.functions[node.name] = (node,)
    shell.status = True
    if node.name in ("command_not_found_handle", "command_not_found_handler"):
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
    shell.unread(node.why, node.text)
    shell.status = None
    return UNKNOWN_PART


WALKS: dict[type, Callable[..., str]] = {
    AndOr: _and_or,
    ArithmeticCommand: _arithmetic,
    Background: _background,
    Case: _case,
    For: loops.for_each,
    ForArithmetic: loops.for_arithmetic,
    Function: _function,
    If: _if,
    Pipeline: _pipeline,
    Redirected: _redirected,
    Script: _script,
    Simple: simple.simple,
    Subshell: _subshell,
    Test: tests.test,
    Unread: _unread,
    While: loops.while_,
}
