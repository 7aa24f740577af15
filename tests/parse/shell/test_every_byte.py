"""Every byte of a text belongs to a node of its tree, or is punctuation between two of them: nothing is passed over."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.tree import Script
from tests.parse.shell.cover import Cover, LostError
from tests.parse.shell.test_commands import DEAD, HIDDEN
from tests.parse.shell.test_grammar import RUNS
from tests.parse.shell.test_unknown import LINES, PIECES
from tests.parse.shell.test_zsh import ROWS

SIMPLE = st.sampled_from([
    "w", "rm -rf v", "x=1 y", "a[1]=(b 'c d' [e]=f)", "> out w 2>&1", "w {a,b}{1..3}", "w $'\\t' $\"t\" ~/f",
    "w a\\\n  b",
    "cat <<E\n$(w) `v` ${n:-$(u)}\nE\n", "cat <<'E' <<-F\na $(b)\nE\n\tc\n\tF\n", 'w <<< "$(v)"', "{fd}>f w", "w # c\n",
    "[[ -n $a && ( $b =~ ^(c|d)$ || e == @(f|g*) ) ]]", "(( n++ , m = n ? 1 : (2) ))", "w !(a|b) ?(c) +([[:alpha:]])",
    'w "a $b ${c%%/*} $((d + 1)) $(e "f")"', "w ${n/a/b} ${n:1:2} ${!n*} ${#n[@]} ${n@Q} \"${n:-'}'}\"",
    "w 'a # b' c#d",
    "export a=(b c) d=e", "w `v \\`u\\``", "w <(v) >(u)", "w $[ 1 + 2 ]", "time -p w", "! w", "coproc N { w; }",
])  # fmt: skip
AROUND = [
    "{a}; {b}", "{a}\n{b}", "{a} && {b}", "({a})\n({b})", "{{ {a}\n}}\n{b}",
    "if {a}\nthen {b}\nelif {a}\nthen {b}\nelse {a}\nfi",
    "while {a}\ndo {b}\ndone", "for f in i $(\n{a}\n); do\n{b}\ndone > log",
    "for ((i=0; i < 2; i++)); do {a}\ndone\n{b}",
    "case $x in (a|b) {a}\n;; *) {b}\n;& c) ;;& esac", "f() {{ {a}\n}} < in\n{b}", "function g {{ {a}\n}}\n{b}",
    'w "$(\n{a}\n)" `\n{b}\n`', "select s in a b; do {a}\ndone\n{b}", "w < <(\n{a}\n)\n{b}", "{a} &\n{b} | cat",
]  # fmt: skip


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda around, a, b: around.format(a=a, b=b), st.sampled_from(AROUND), inner, inner)


BREAKS = [piece for piece in PIECES if "<<" not in piece and not piece.startswith("\\")]
SCRIPTS = st.recursive(SIMPLE, _joined, max_leaves=8)


def covered(text: str, dialect: str = "bash") -> Script:
    tree = parse(text, dialect)
    Cover(text).whole(tree)
    return tree


@pytest.mark.parametrize("line", [*HIDDEN, *DEAD, *RUNS, *LINES])
def test_every_byte_of_the_rows_belongs_to_a_node(line: str) -> None:
    covered(line)


@pytest.mark.parametrize("line", [line for line, _ in ROWS])
def test_every_byte_of_the_rows_of_zsh_belongs_to_a_node(line: str) -> None:
    covered(line, "zsh")


@settings(max_examples=300, deadline=None)
@given(SCRIPTS)
def test_every_byte_of_a_generated_script_belongs_to_a_node(text: str) -> None:
    covered(text)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(["bash", "sh", "zsh"]))
def test_every_byte_of_a_broken_script_belongs_to_a_node_or_is_unread(data: st.DataObject, dialect: str) -> None:
    text = data.draw(SCRIPTS.filter(lambda text: "<<" not in text))  # where its text begins depends on the error
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from(BREAKS)) + text[place + data.draw(st.integers(0, 3)) :]
    covered(text, dialect)


@pytest.mark.parametrize("text", ["w a; rm x", "if a; then rm x; fi", 'w "$(rm x)"', "cat <<E\n$(rm x)\nE\n"])
def test_a_tree_without_one_of_its_words_does_not_hold(text: str) -> None:
    with pytest.raises(LostError):
        Cover(text).whole(parse(re.sub(r"rm x", "w", text)))
