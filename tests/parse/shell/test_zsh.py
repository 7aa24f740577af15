"""The common forms of zsh; what is not read there is Unknown."""

from __future__ import annotations

import pytest

from tests.parse.shell.reading import read

ROWS = [
    ("=rm x", [["rm", "x"]]),
    ("- rm x", [["rm", "x"]]),
    ("noglob rm x", [["rm", "x"]]),
    ("while [[ 1 ]] { rm x; break }", [["rm", "x"], ["break"]]),
    ("if [[ a ]] { rm a } else { rm b }", [["rm", "a"], ["rm", "b"]]),
    ("repeat 3 rm x", [["rm", "x"]]),
    ("repeat 2 echo a; rm x", [["echo", "a"], ["rm", "x"]]),
    ("for f (a) echo $f\nrm x", [["echo", "a"], ["rm", "x"]]),
    ("for f (a b) rm $f", [["rm", "a"], ["rm", "b"]]),
    ("c='rm x'; ${=c}", [["rm", "x"]]),
    ("c='rm x'; $c", [["rm x"]]),
    ("y=rm; x=y; ${(P)x} z", [["rm", "z"]]),
    ("rm v*(/)", [["rm", "victim"]]),
    ('a=(1 2); rm $a[1] "$a[$(w)]"', [["w"], ["rm", "…", "…"]]),
    ('a=(x y); rm $a; rm "$a"', [["rm", "x", "y"], ["rm", "x y"]]),
    ("a=(x y); rm ${a[1]} ${a[-1]}", [["rm", "x", "y"]]),
    ("a=(x y z); rm ${a[2,3]} ${a[0]}", [["rm", "…"]]),
    ("a=(x y); a[1]=q; a[3]=z; rm $a", [["rm", "q", "y", "z"]]),
    ("s=text; rm ${s[1]}", [["rm", "…"]]),
    ("typeset -A m; m[k]=v; rm ${m[k]}", [["typeset", "-A", "m"], ["rm", "v"]]),
    ("setopt KSH_ARRAYS; a=(x y); rm ${a[1]} $a", [["setopt", "KSH_ARRAYS"], ["rm", "y", "x"]]),
    ("emulate ksh; a=(x y); rm ${a[1]}", [["emulate", "ksh"], ["rm", "y"]]),
    (
        "setopt prompt_subst; x='$(rm y)'; print -P \"$x\"",
        [["setopt", "prompt_subst"], ["print", "-P", "$(rm y)"], ["rm", "y"]],
    ),
    ("$(print rm) x; $(print -rn rm) y", [["print", "rm"], ["rm", "x"], ["print", "-rn", "rm"], ["rm", "y"]]),
    ("{ a } always { rm x }", [["a"], ["rm", "x"]]),
]


@pytest.mark.parametrize(("line", "argvs"), ROWS)
def test_forms_of_zsh(line: str, argvs: list[list[str]]) -> None:
    found = read(line, dialect="zsh")
    assert found.argvs == argvs
    assert not found.unknowns


def test_a_glob_qualifier_that_runs_code_is_read() -> None:
    assert ["rm", "x"] in read("echo *(e:'rm x':)", dialect="zsh").argvs


@pytest.mark.parametrize("line", ["if (( x )) rm a", "function f g { rm x }", "rm *(+name)"])
def test_a_form_that_is_not_read_is_unknown(line: str) -> None:
    assert read(line, dialect="zsh").unknowns
