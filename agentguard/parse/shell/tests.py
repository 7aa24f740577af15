"""`[[ … ]]`, `[` and `test`: what stands in them may run something; of texts and numbers their answer is known."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell import arithmetic, expand, patterns
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.tree import Arithmetic, Parameter, Quoted, Substitution, Test, Written

NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": operator.eq, "-ne": operator.ne, "-lt": operator.lt, "-le": operator.le, "-gt": operator.gt,
    "-ge": operator.ge,
}  # fmt: skip
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


def test(shell: Host, node: Test) -> str:
    """Expand every operand; those of numeric operators and of `-v` are expanded once more, as the shell does."""
    texts = [term if isinstance(term, str) else _operand(shell, term) for term in node.terms]
    again(shell, texts)
    shell.status = decided(texts, None if len(node.terms) < 3 else _pattern(shell, node.terms))
    return ""


def _pattern(shell: Host, terms: tuple[str | Written, ...]) -> str:
    """The last term of a comparison as a pattern, in which what is quoted is protected."""
    last = terms[-1]
    return last if isinstance(last, str) else expand.pattern(shell, last) if _is_pure(last) else UNKNOWN_PART


def _is_pure(term: Written) -> bool:
    """Whether expanding it once more runs nothing."""
    return not any(isinstance(part, Substitution | Arithmetic | Parameter | Quoted) for part in term.parts)


def decided(texts: list[str], pattern: str | None = None) -> bool | None:
    """Whether a test of known texts and numbers holds; None where that is not known, as of any file.

    `pattern` is what the last text is as a pattern, where it is one (in `[[ … ]]`).
    """
    if any(UNKNOWN_PART in text for text in texts):
        return None
    if texts[:1] == ["!"]:
        found = decided(texts[1:], pattern)
        return None if found is None else not found
    if len(texts) == 2 and texts[0] in ("-n", "-z"):
        return (texts[1] == "") == (texts[0] == "-z")
    if len(texts) == 3 and texts[1] in NUMBERS:
        first, last = (int(text) if INTEGER.fullmatch(text) else None for text in (texts[0], texts[2]))
        return None if first is None or last is None else NUMBERS[texts[1]](first, last)
    if len(texts) == 3 and texts[1] in ("=", "==", "!="):
        same = texts[0] == texts[2] if pattern is None else patterns.matches(pattern, texts[0])
        return None if same is None else same == (texts[1] != "!=")
    return None


def _operand(shell: Host, term: Written) -> str:
    return term.plain if term.plain is not None else expand.text(shell, term)


def again(shell: Host, texts: list[str]) -> None:
    """Read what a test evaluates a second time: `-v name[…]`, and both sides of `-eq` and its kin."""
    for place, text in enumerate(texts):
        if text in ("-v", "-R"):
            arithmetic.embedded(shell, "".join(texts[place + 1 : place + 2]))
        elif text in NUMBERS:
            for each in (*texts[place - 1 : place], *texts[place + 1 : place + 2]):
                arithmetic.number(shell, each)
