"""`[[ … ]]`, `[` and `test`: they decide nothing here, but what stands in them may run something."""

from __future__ import annotations

from agentguard.parse.shell import arithmetic, expand
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.tree import Test, Written

NUMERIC = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})


def test(shell: Host, node: Test) -> str:
    """Expand every operand; those of numeric operators and of `-v` are expanded once more, as the shell does."""
    shell.status = None
    texts = [term if isinstance(term, str) else _operand(shell, term) for term in node.terms]
    again(shell, texts)
    return ""


def _operand(shell: Host, term: Written) -> str:
    return term.plain if term.plain is not None else expand.text(shell, term)


def again(shell: Host, texts: list[str]) -> None:
    """Read what a test evaluates a second time: `-v name[…]`, and both sides of `-eq` and its kin."""
    for place, text in enumerate(texts):
        if text in ("-v", "-R"):
            arithmetic.embedded(shell, "".join(texts[place + 1 : place + 2]))
        elif text in NUMERIC:
            for each in (*texts[place - 1 : place], *texts[place + 1 : place + 2]):
                arithmetic.number(shell, each)
