"""The tree of a shell text: frozen nodes, nothing expanded yet.

Every byte of a text belongs to a node; what the grammar does not know is an `Unread`, never left out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself. Quoted text is neither split nor matched against files."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """A double-quoted stretch: its expansions are not split."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name` or `${…}`. `prefix` is `!` or `#`, `operator` what follows the name, `operands` its words.

    An operator of `bad` marks a form that is not known, `refused` one that bash ends the command for or whose
    value is not followed; the operand then holds whatever stood there.
    """

    name: str
    source: str
    prefix: str = ""
    subscript: Written | None = None
    operator: str = ""
    operands: tuple[Written, ...] = ()
    flags: str = ""  # zsh: `(P)`, `=`, …


@dataclass(frozen=True, slots=True)
class Substitution:
    """Commands inside a word. `form` is `$(`, `<(`, `>(` or `=(`; both spellings of a command substitution are `$(`."""

    form: str
    body: Script


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$(( … ))` or `$[ … ]`."""

    expression: Written


@dataclass(frozen=True, slots=True)
class Unread:
    """Something the grammar cannot read, as a part of a word or as a command. `limit`: for being too large.

    `text` is what to show; `source` all that is left out with it, where that is more.
    """

    why: str
    text: str
    limit: bool = False
    source: str = ""


Part = Literal | Quoted | Parameter | Substitution | Arithmetic | Unread


@dataclass(frozen=True, slots=True)
class Written:
    """A word as written. `plain` is its text where no expansion touches it; `ways` what its braces make of it."""

    parts: tuple[Part, ...]
    source: str
    plain: str | None = None
    ways: tuple[tuple[Part, ...], ...] = ()
    assignment: Assignment | None = None  # an argument `name=value` of export, declare and their kin


@dataclass(frozen=True, slots=True)
class Item:
    """One element of an array literal: `value` or `[key]=value`."""

    key: Written | None
    value: Written


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=value`, `name[subscript]=value`, `name+=value`, `name=(items)`."""

    name: str
    value: Written | None = None
    subscript: Written | None = None
    items: tuple[Item, ...] | None = None
    append: bool = False


@dataclass(frozen=True, slots=True)
class Redirection:
    """One redirect. `descriptor` is "", digits or `{name}`; a heredoc's `target` is its body."""

    descriptor: str
    operator: str
    target: Written


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, words and redirects of one simple command."""

    assignments: tuple[Assignment, ...]
    words: tuple[Written, ...]
    redirects: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirects behind it."""

    node: Node
    redirects: tuple[Redirection, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    stages: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`! node`."""

    node: Node


@dataclass(frozen=True, slots=True)
class AndOr:
    """`first && a || b`: `rest` holds (operator, node)."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Background:
    """`node &`, and the body of a coproc (`fed`: by whatever is written to it): runs in a shell of its own.

    `name` is the coproc's, empty where it has none of its own.
    """

    node: Node
    fed: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """Commands one after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Subshell:
    body: Script


@dataclass(frozen=True, slots=True)
class If:
    """`arms` are (condition, body), in order; `otherwise` the else branch."""

    arms: tuple[tuple[Script, Script], ...]
    otherwise: Script | None


@dataclass(frozen=True, slots=True)
class While:
    """`while` and, where `until` is set, `until`."""

    condition: Script
    body: Script
    until: bool = False


@dataclass(frozen=True, slots=True)
class For:
    """`for`, `select` and zsh's `foreach`. `words` is None for the positional parameters."""

    names: tuple[str, ...]
    words: tuple[Written, ...] | None
    body: Script


@dataclass(frozen=True, slots=True)
class ForArithmetic:
    """`for ((a; b; c))`, and zsh's `repeat n` (with n as the only clause)."""

    clauses: tuple[Written, ...]
    body: Script


@dataclass(frozen=True, slots=True)
class Case:
    """`arms` are (patterns, body, terminator)."""

    word: Written
    arms: tuple[tuple[tuple[Written, ...], Script, str], ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A definition. `source` is the text of its body; an anonymous zsh function has no name and is called at once."""

    name: str
    body: Node
    source: str


@dataclass(frozen=True, slots=True)
class Test:
    """`[[ … ]]`: operators as text, operands as words, in order."""

    terms: tuple[str | Written, ...]


@dataclass(frozen=True, slots=True)
class ArithmeticCommand:
    """`(( … ))`."""

    expression: Written


Node = (
    Simple
    | Redirected
    | Pipeline
    | Not
    | AndOr
    | Background
    | Script
    | Subshell
    | If
    | While
    | For
    | ForArithmetic
    | Case
    | Function
    | Test
    | ArithmeticCommand
    | Unread
)
