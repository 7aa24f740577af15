"""Rows: a line, and the words of every program in it, in execution order."""

from __future__ import annotations

import pytest

from tests.parse.shell.reading import read

ROWS = [
    # quotes
    ("\"r\"'m' \"-\"rf vic\"\"tim", [["rm", "-rf", "victim"]]),
    (r"r$'\x6d' -rf $'victi\155'", [["rm", "-rf", "victim"]]),
    ('$"rm" -rf victim', [["rm", "-rf", "victim"]]),
    ("r\\m -rf vic\\\ntim", [["rm", "-rf", "victim"]]),
    ("r\\\nm -rf victim", [["rm", "-rf", "victim"]]),
    ("echo $'a\\tb' '\\n' \"\\$x \\a\"", [["echo", "a\tb", "\\n", "$x \\a"]]),
    ("echo '' \"\" x''", [["echo", "", "", "x"]]),
    # braces
    ("{,rm} -rf victim", [["rm", "-rf", "victim"]]),
    ("{rm,-rf,victim}", [["rm", "-rf", "victim"]]),
    ("echo {a,b}{1..3} {c..a} {01..03} x{,{y,z}}", [["echo", *"a1 a2 a3 b1 b2 b3 c b a 01 02 03 x xy xz".split()]]),
    ("echo {} {a} '{a,b}' \"{a,b}\" {a\\,b}", [["echo", "{}", "{a}", "{a,b}", "{a,b}", "{a,b}"]]),
    ("echo ${x}{a,b}$y", [["echo", "a", "b"]]),
    # parameters
    ("a=r; b=m; $a$b -rf victim", [["rm", "-rf", "victim"]]),
    ("c='rm -rf victim'; $c", [["rm", "-rf", "victim"]]),
    ("c='rm -rf victim'; \"$c\"", [["rm -rf victim"]]),
    ("${Z:=rm} -rf $Z", [["rm", "-rf", "rm"]]),
    ("s=rXm; ${s/X} -rf victim", [["rm", "-rf", "victim"]]),
    (r"s='\x72m'; ${s@E} x", [["rm", "x"]]),
    ("s=RM; ${s@L} ${s,,} ${s,} ${s:1}", [["rm", "rm", "rM", "M"]]),
    ("x=y; y=rm; ${!x} z", [["rm", "z"]]),
    ("p=/usr/lib/a.tar.gz; echo ${p##*/} ${p%.*} ${p%%.*} ${p#*/} ${#p}",
     [["echo", "a.tar.gz", "/usr/lib/a.tar", "/usr/lib/a", "usr/lib/a.tar.gz", "17"]]),
    ("s=aXbXc; echo ${s//X/-} ${s/#a/_} ${s/%c/_} ${s:1:3} ${s: -1}", [["echo", "a-b-c", "_XbXc", "aXbX_", "XbX",
    "c"]]),
    ('echo ${x-a b} "${x-a b}" ${x:+no} ${HOME:+yes}', [["echo", "a", "b", "a b", "yes"]]),
    ("a=(1 'b c' 3); echo ${a[1]} \"${a[@]}\" ${#a[@]} ${a[-1]} ${!a[@]} \"${a[*]:1}\"",
     [["echo", "b", "c", "1", "b c", "3", "3", "3", "0", "1", "2", "b c 3"]]),
    ("declare -A m=([k]=rm); ${m[k]} x", [["declare", "-A", "m"], ["rm", "x"]]),
    ("set -- 'a b' c; rm \"$@\" \"$*\" $1 $#", [["set", "--", "a b", "c"], ["rm", "a b", "c", "a b c", "a", "b", "2"]]),
    # splitting
    ("rm${IFS}-rf${IFS}victim", [["rm", "-rf", "victim"]]),
    ("rm${IFS:0:1}-rf${IFS:0:1}victim", [["rm", "-rf", "victim"]]),
    ("IFS=/; p=(rm/-rf/victim); ${p[0]}", [["rm", "-rf", "victim"]]),
    ("IFS=,; x=a,,b,; set -- $x; echo $#", [["set", "--", "a", "", "b"], ["echo", "3"]]),
    # nothing in front of the name
    ("$nope rm x", [["rm", "x"]]),
    ("$(:) `true` rm x", [[":"], ["true"], ["rm", "x"]]),
    ('"$@" rm x', [["rm", "x"]]),
    # tilde, globs
    ("rm ~ ~/x ~root/y '~'", [["rm", "/home/dev", "/home/dev/x", "/root/y", "~"]]),
    ("x=~/a:~/b; echo $x", [["echo", "/home/dev/a:/home/dev/b"]]),
    ('rm -rf v* "v*" *.none', [["rm", "-rf", "victim", "v*", "*.none"]]),
    ("/bin/r? x", [["/bin/rm", "x"]]),
    ("rm !(data.txt)", [["rm", "victim"]]),
    ("rm */k*", [["rm", "victim/keep.txt"]]),
    ("set -f; rm v*", [["set", "-f"], ["rm", "v*"]]),
    # arithmetic
    ("x=3; echo $((x*2+1)) $[x<<1] $((x>2?7:8)) $((x++)) $x $((010)) $((2**3))", [["echo", "7", "6", "7", "3", "4",
    "8", "8"]]),
    ("rm=3; rf=1; echo $((rm - rf))", [["echo", "2"]]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "argvs"), ROWS)
def test_words_are_those_the_program_gets(line: str, argvs: list[list[str]]) -> None:
    found = read(line)
    assert found.argvs == argvs
    assert not found.unknowns


def test_a_word_remembers_the_pattern_it_came_from() -> None:
    (program,) = read("rm v* *.none plain").programs
    assert [word.glob for word in program.argv] == ["", "v*", "*.none", ""]


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("rm x$(date)", ["rm", "x…"]),
        ("rm $RANDOM", ["rm", "…"]),
        ('rm "$(cat data.txt)"', ["rm", "…"]),
        ("rm file{1..9999}", ["rm", "file…"]),
    ],
)  # fmt: skip
def test_what_is_made_at_run_time_is_not_known(line: str, argv: list[str]) -> None:
    program = read(line).programs[-1]
    assert [str(word) for word in program.argv] == argv
    assert not program.argv[-1].known
