"""How the fuzzer changes a text: a table of small mutators, each a function of chance, the text and another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

Mutator = Callable[[Random, str, str], str]

LONGEST = 4_096  # characters of what is mutated further: speed lies in small texts
LONG = 200_000  # characters that a repetition may reach, now and then
PIECES = (
    "$(", "`", ")", "((", "))", "${", "}", "<<E\n", "\nE\n", "<<-'E'\n", '"', "'", "$'", '$"', "\\", "\\\n", ";;",
    ";&", "&&", "||", "|", "|&", "<(", ">(", "[[ ", " ]]", "esac", "do ", "done", "fi", "then ", "case x in ", "(",
    "{ ", "; }", "\n", "\t", "#", "!", "*", "?", "[a-z]", "@(", "+(a|b)", "{a,b}", "{1..9}", "{1..99999999}", "$x",
    "${x//a/b}", "${x:0:1}", "${!x}", "${x@P}", "$[", "<<<", ">", ">>", "2>&1", "&>", "{fd}>", "=", "x=", "x+=",
    "x[1]=", "=(", "~", "--", "-c ", "eval ", "exec ", ". ", "function f ", "f() ", "local ", "declare -n ",
    "set -- ", "shift", "read x", "trap ", "alias a=", "\x00", "\x1b[2J", "\u202e", "é", "\udcff", "💣", "\r", "\x0b",
    " ", "\xa0", "1", "99999999999999999999", "-1", "%s", "%1000000s", "\\x41", "--;", "/*", "*/", "--", "$$", "$a$",
    "DROP TABLE t;", "\\!", "\\i x",
)  # fmt: skip
WRAPS = (
    ("bash -c '", "'"), ('sh -c "', '"'), ("eval '", "'"), ("$(", ")"), ("`", "`"), ("<(", ")"), ("( ", ")"),
    ("{ ", "\n}"), ("cat <<E | sh\n", "\nE\n"), ("bash <<'E'\n", "\nE\n"), ("if true; then ", "\nfi"),
    ("for i in 1 2; do ", "\ndone"), ("while x; do ", "\ndone"), ("case $x in a) ", "\n;; esac"),
    ("f() { ", "\n}; f"), ("x=$(", ")"), ('"$(', ')"'), ("${x:-", "}"), ("$((", "))"), ("[[ ", " ]]"), ("sudo ", ""),
    ("xargs ", ""), ("echo ", " | sh"), ("! ", ""), ("coproc ", ""), ("python3 -c '", "'"), ("psql -c '", "'"),
    ("ssh host '", "'"), ("find . -exec ", " \\;"), ("trap '", "' EXIT"), ("alias a='", "'\na"), ("x='", "'; $x"),
    ("x=(", ")"), ("function f { ", "\n}\nf"), ("{a,", "}"), ("$'", "'"), ('awk \'BEGIN{system("', '")}\''),
    ("docker exec c sh -c '", "'"), ("printf -v x '", "'; eval $x"), ("time ", ""),
)  # fmt: skip


def mutated(chance: Random, text: str, other: str) -> str:
    """The text after one to five mutations, most of them small."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
        mutator = chance.choices(MUTATORS, WEIGHTS)[0]
        text = mutator(chance, text, other)
    return text


def flip(chance: Random, text: str, _: str) -> str:
    """One bit of one byte."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data.decode("utf-8", "surrogateescape")


def insert(chance: Random, text: str, _: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at:]


def replace(chance: Random, text: str, _: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at + chance.randrange(4) :]


def delete(chance: Random, text: str, _: str) -> str:
    start, end = _stretch(chance, text)
    return text[:start] + text[end:]


def duplicate(chance: Random, text: str, _: str) -> str:
    start, end = _stretch(chance, text)
    return text[:end] + text[start:end] + text[end:]


def move(chance: Random, text: str, _: str) -> str:
    start, end = _stretch(chance, text)
    rest = text[:start] + text[end:]
    at = chance.randrange(len(rest) + 1)
    return rest[:at] + text[start:end] + rest[at:]


def truncate(chance: Random, text: str, _: str) -> str:
    return text[: chance.randrange(len(text) + 1)]


def splice(chance: Random, text: str, other: str) -> str:
    return text[: chance.randrange(len(text) + 1)] + other[chance.randrange(len(other) + 1) :]


def embed(chance: Random, text: str, other: str) -> str:
    """A stretch of the other text somewhere in this one."""
    start, end = _stretch(chance, other)
    at = chance.randrange(len(text) + 1)
    return text[:at] + other[start:end] + text[at:]


def nest(chance: Random, text: str, _: str) -> str:
    """The whole text in some wrapping, its quotes as they are or kept."""
    before, behind = chance.choice(WRAPS)
    inside = text.replace("'", "'\\''") if before.endswith("'") and chance.random() < 0.7 else text
    return before + inside + behind


def enclose(chance: Random, text: str, _: str) -> str:
    """A stretch of the text in some wrapping."""
    start, end = _stretch(chance, text)
    before, behind = chance.choice(WRAPS)
    return text[:start] + before + text[start:end] + behind + text[end:]


def repeat(chance: Random, text: str, _: str) -> str:
    """A short stretch many times over."""
    start, end = _stretch(chance, text, 12)
    piece = text[start:end] or chance.choice(PIECES)
    times = min(chance.choice((10, 70, 300, 3_000, 30_000)), LONG // len(piece))
    return text[:start] + piece * times + text[end:]


def deepen(chance: Random, text: str, _: str) -> str:
    """The same wrapping many times over."""
    before, behind = chance.choice(WRAPS)
    times = chance.choice((3, 9, 40, 70, 400))
    return before * times + text + behind * times


def _stretch(chance: Random, text: str, longest: int = 80) -> tuple[int, int]:
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + 1 + chance.randrange(longest))


TABLE: Sequence[tuple[int, Mutator]] = (
    (6, flip), (20, insert), (20, replace), (12, delete), (6, duplicate), (6, move), (4, truncate), (8, splice),
    (10, embed), (10, nest), (12, enclose), (2, repeat), (1, deepen),
)  # fmt: skip
WEIGHTS, MUTATORS = [weight for weight, _ in TABLE], [mutator for _, mutator in TABLE]
