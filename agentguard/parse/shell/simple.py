"""Simple commands: aliases, expansion, assignments, then a function, a builtin or a program.

A word that is not known in the place of the command's name is Unknown; where it may be nothing at all, the word behind
it is read as the name too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Via, Word
from agentguard.parse.shell import assignments, expand, makers
from agentguard.parse.shell.builtins import BUILTINS
from agentguard.parse.shell.grammar import DECLARES, parse
from agentguard.parse.shell.redirects import Streams, streams
from agentguard.parse.shell.scope import Scope
from agentguard.parse.shell.tree import Assignment, Function, Redirected, Simple, Written
from agentguard.parse.shell.values import GLOBAL, Alias, shown, word_of

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

CHOICE_LIMIT = 16  # combinations of values that one command is read with
PLAIN_BUILTINS = frozenset({":", "true", "false", "echo", "exit", "return", "break", "continue"})  # read no variable


def simple(shell: Shell, node: Simple) -> str:
    """A simple command, once for each combination of the values it reads; of very many, once with none known."""
    base = shell.scope
    if not base.ambiguous or _asks_nothing(base, node):
        return _once(shell, node)
    picks: dict[str, int] | None
    todo: list[dict[str, int]] = [{}]
    states: list[Scope] = []
    outputs: list[str] = []
    while todo:
        picks = todo.pop(0)
        if len(states) >= CHOICE_LIMIT:
            picks, todo = None, []
        shell.scope = base.fork()
        shell.scope.picks = picks
        outputs.append(_once(shell, node))
        states.append(shell.scope)
        if picks is not None:
            todo.extend(_further(picks, shell.scope.asked))
    shell.scope = base
    if len(states) > 1:
        shell.repeated, shell.parted, shell.status = True, None, None
    base.become(*states)
    return outputs[0] if len(set(outputs)) == 1 else UNKNOWN_PART


def _asks_nothing(scope: Scope, node: Simple) -> bool:
    """Whether a program or a plain builtin reads the same in every state the scope may be in: most lines do."""
    return (
        bool(node.words)
        and not node.assignments
        and not node.redirects
        and all(word.plain is not None for word in node.words)
        and (node.words[0].plain not in BUILTINS or node.words[0].plain in PLAIN_BUILTINS)
        and len(scope.cwds) == 1
        and not scope.exports_differ()
    )


def _further(picks: dict[str, int], asked: dict[str, int]) -> list[dict[str, int]]:
    """The other combinations of the values that a reading with `picks` turned out to ask for."""
    found: list[dict[str, int]] = []
    for name, count in asked.items():
        if name not in picks:
            found.extend({**picks, name: place} for place in range(1, count))
            picks = {**picks, name: 0}
    return found


def _once(shell: Shell, node: Simple) -> str:
    shell.budget.step(1 + len(node.words))
    if shell.scope.aliases and node.words:
        alias = _alias(shell, node.words[0])
        if alias is not None:
            return _aliased(shell, node, alias)
        if any(GLOBAL + word.source in shell.scope.aliases for word in node.words[1:]):
            return _global_aliases(shell, node)
    return _plain(shell, node)


def _plain(shell: Shell, node: Simple) -> str:
    late, shell.late = shell.late, []
    output = _expanded(shell, node)
    shell.late = late
    return output


def _expanded(shell: Shell, node: Simple) -> str:
    if node.words and _declares(node.words):
        return _with(shell, node, _declared(shell, node.words))
    argv: list[Word] = []
    for written in node.words:
        if written.plain is not None:
            argv.append(word_of(written.plain))
        else:
            argv.extend(expand.words(shell, written))
    return _with(shell, node, argv)


def _declares(words: tuple[Written, ...]) -> bool:
    return any(word.plain in DECLARES for word in words[:2]) and any(word.assignment for word in words)


def _declared(shell: Shell, words: tuple[Written, ...]) -> list[Word]:
    """The words of `export a=b c=(d)`: each assignment is made, once all values are known, and shown as one word."""
    names = [word.plain for word in words if word.plain and not word.assignment]
    found: list[Assignment | list[Word]] = [
        assignments.expanded(shell, written.assignment) if written.assignment else expand.words(shell, written)
        for written in words
    ]
    argv: list[Word] = []
    for each in found:
        argv += [assignments.declare(shell, each, names)] if isinstance(each, Assignment) else each
    return argv


def _with(shell: Shell, node: Simple, argv: list[Word]) -> str:
    """Run the words with the assignments before them, which last only as long as the command does."""
    if not argv:
        for each in node.assignments:
            assignments.assign(shell, each)
        io = streams(shell, node.redirects)
        if io.redirects:
            shell.emit((), io)
        shell.status = True if not io.redirects and not node.words else None
        return written(shell, "" if node.assignments else _contents(shell, node, io), io)
    return _lasting(shell, node, lambda: _redirected(shell, node, argv), kept=_marked(argv))


def _marked(argv: list[Word]) -> frozenset[str]:
    """The names whose assignments before `export` and its kin stay: those it marks."""
    return frozenset(word.text for word in argv[1:]) if argv[0].text in DECLARES else frozenset()


def _contents(shell: Shell, node: Simple, io: Streams) -> str:
    """`$(< file)` is the file's text."""
    if not any(each.operator == "<" for each in node.redirects):
        return ""
    path = io.stdin_file
    return io.stdin or shell.scope.promise(lambda: shell.text_of(path), path)


def _redirected(shell: Shell, node: Simple, argv: list[Word]) -> str:
    io = streams(shell, node.redirects)
    output = command(shell, argv, io)
    shell.scope.previous = argv[-1].text
    return written(shell, output, io, copied=argv[0].text == "tee")


def _lasting(shell: Shell, node: Simple, act: Callable[[], str], kept: frozenset[str] = frozenset()) -> str:
    """Act with the assignments before a command, which last only as long as it does, but for those `kept`."""
    before = {each.name: shell.scope.variables.get(each.name) for each in node.assignments if each.name not in kept}
    for each in node.assignments:
        assignments.assign(shell, each, "x")
    output = act()
    for name, old in before.items():
        if old is None:
            shell.scope.variables.pop(name, None)
        else:
            shell.scope.variables[name] = old
    return output


def written(shell: Shell, output: str, io: Streams, *, copied: bool = False) -> str:
    """What is left of the output behind the redirects; files it went to are remembered, each `>(…)` is fed.

    `copied`: the command writes its input to every path it is given.
    """
    late, shell.late = shell.late, []
    for substitution, path in late:
        shell.fed(substitution, output if copied or path == io.target else UNKNOWN_PART)
    if io.target.startswith("/") and not io.target.startswith("/dev/") and UNKNOWN_PART not in io.target:
        shell.scope.wrote(io.target, output, appends=io.appends)
    return "" if io.hidden else output


def command(shell: Shell, argv: list[Word], io: Streams, *, functions: bool = True) -> str:
    """One command by its words: a function, a builtin or a program."""
    name = argv[0].text
    if not argv[0].known:
        return _unnamed(shell, argv, io)
    known = _functions(shell, name) if functions else ()
    outputs = [_called(shell, function, argv, io) for function in known if function is not None]
    if known and None not in known:
        return outputs[0] if len(outputs) == 1 else UNKNOWN_PART
    output = _own(shell, argv, io)
    return output if not outputs else UNKNOWN_PART


def _own(shell: Shell, argv: list[Word], io: Streams) -> str:
    """A builtin or a program."""
    shell.status = shell.parted = None
    builtin = BUILTINS.get(argv[0].text)
    if builtin is not None:
        return builtin(shell, argv, io)
    shell.start(argv, io)
    return makers.output(shell, [word.text for word in argv], io)


def _functions(shell: Shell, name: str) -> tuple[Function | None, ...]:
    found = shell.scope.functions.get(name)
    if found is not None:
        return found
    carried = shell.scope.text(f"BASH_FUNC_{name}%%") if shell.scope.dialect != "zsh" else ""
    if not carried.startswith("()"):
        return ()
    items = parse(f"function {name} {carried}").items
    return tuple(item for item in items if isinstance(item, Function))


def _called(shell: Shell, function: Function, argv: list[Word], io: Streams) -> str:
    """A function, fed and redirected like any command."""
    if io.redirects:
        shell.emit((), io)
    return shell.fed_by(io, lambda: shell.call(function, tuple(word.text for word in argv[1:])))


def _unnamed(shell: Shell, argv: list[Word], io: Streams) -> str:
    """A command whose name is made at run time."""
    text = shell.scope.forced(argv[0].text)
    if UNKNOWN_PART not in text and text.split():
        return command(shell, [*map(word_of, text.split()), *argv[1:]], io)
    text = shown(text)
    base = text.rpartition("/")[2]
    if base and base != text and UNKNOWN_PART not in base:  # the directory is not known, the program is
        shell.start((word_of(base), *argv[1:]), io)
        return UNKNOWN_PART
    shell.unread("the name of a command is made at run time", " ".join(word.text for word in argv))
    if argv[1:] and not text.strip(UNKNOWN_PART):
        command(shell, argv[1:], io)
    elif io.redirects:
        shell.emit((), io)
    return UNKNOWN_PART


# Aliases --------------------------------------------------------------------------------------------------------------


def _alias(shell: Shell, first: Written) -> Alias | None:
    scope = shell.scope
    name = first.source
    if first.plain is None and not name.replace(".", "").replace("/", "").isalnum():
        return None
    suffix = "\0" + name.rpartition(".")[2]
    found = scope.aliases.get(name) or (scope.aliases.get(suffix) if "." in name else None)
    return None if name in shell.aliases else found  # whether expand_aliases holds, the agent's own shell decides


def _global_aliases(shell: Shell, node: Simple) -> str:
    """`alias -g` of zsh: words anywhere on the line are put in place, and the line is read anew."""
    before, aliases = shell.scope.aliases, shell.scope.aliases
    sources = [word.source for word in node.words]
    texts = [aliases[GLOBAL + each].text if GLOBAL + each in aliases else each for each in sources]
    shell.scope.aliases = {name: alias for name, alias in aliases.items() if not name.startswith(GLOBAL)}
    output = shell.run(parse(" ".join(texts), shell.scope.dialect))
    shell.scope.aliases = before
    return output


def _aliased(shell: Shell, node: Simple, alias: Alias) -> str:
    """An alias in place of the first word. One that the line itself made may not hold yet: then the word counts too."""
    scope, name = shell.scope, node.words[0].source
    rest = [word.source for word in node.words[1 if name in scope.aliases else 0 :]]
    if rest and alias.text.endswith((" ", "\t")) and rest[0] in scope.aliases:
        rest[0] = scope.aliases[rest[0]].text
    tree = parse(" ".join((alias.text, *rest)), scope.dialect)
    before, scope.via, shell.aliases = (
        (scope.via, shell.aliases),
        (*scope.via, Via("alias", name)),
        (*shell.aliases, name),
    )
    output = _lasting(shell, node, lambda: shell.run(Redirected(tree, node.redirects) if node.redirects else tree))
    scope.via, shell.aliases = before
    if alias.certain:
        return output
    plain = _plain(shell, node)
    return output if output == plain else UNKNOWN_PART
