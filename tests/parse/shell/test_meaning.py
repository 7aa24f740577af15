"""Rows: what a value means where it is used. Each line starts `rm` with the words that bash would give it."""

from __future__ import annotations

import pytest

from tests.parse.shell.reading import read

FILES = {
    "/home/dev/shop/a.txt": "", "/home/dev/shop/b.log": "", "/home/dev/shop/.hid": "", "/home/dev/shop/d/c.txt": "",
    "/home/dev/shop/d/.e/f.txt": "", "/home/dev/shop/cmd": "rm from file\n", "/home/dev/shop/list": "a b\nc\n",
    "/usr/bin/rm": "",
}  # fmt: skip

ROWS = {
    "parameter operators": [
        ("x=abc; rm ${x:1} ${x:1:1} ${x: -1} ${x:0:-1}", ["bc", "b", "c", "ab"]),
        ("x=a.b.c; rm ${x#*.} ${x##*.} ${x%.*} ${x%%.*}", ["b.c", "c", "a.b", "a"]),
        ("x=aba; rm ${x/a/x} ${x//a/x} ${x/#a/x} ${x/%a/x} ${x//a} ${x/#/x} ${x//*/y}",
         ["xba", "xbx", "xba", "abx", "b", "xaba", "y"]),
        ("x=abc; rm ${x^} ${x^^} ${x^^[ab]} ${x^b}", ["Abc", "ABC", "ABc", "abc"]),
        ("x=ABC; rm ${x,} ${x,,} ${x~~}", ["aBC", "abc", "abc"]),
        ("x='a b'; rm \"${x@Q}\" \"${x@U}\" ${#x}", ["'a b'", "A B", "3"]),
        ("x=; rm ${x:-a} ${x-b} ${x:+c} ${x+d} ${y:=e} $y", ["a", "d", "e", "e"]),
        ('x=a; rm "${x+\\"$x\\"}"', ['"a"']),
    ],
    "indirection": [
        ("y=x x=a; rm ${!y}", ["a"]),
        ("xa=1 xb=2; rm ${!xa@} ${!x*}", ["xa", "xa", "xb"]),
        ("declare -n z=y; y=a; rm $z ${!z}", ["a", "y"]),
        ("arr=(a b); declare -n z=arr[1]; rm $z", ["b"]),
        ("f() { local -n z=$1; rm $z; }; y=a; f y", ["a"]),
    ],
    "arrays": [
        ("a=(x 'y z'); rm \"${a[@]}\" ${a[1]}", ["x", "y z", "y", "z"]),
        ("a=(x 'y z'); rm \"${a[*]}\" ${#a[@]} ${!a[@]}", ["x y z", "2", "0", "1"]),
        ("a=([2]=c [0]=a); a+=(d); a[-1]=e; rm ${a[@]} ${a[-1]} ${a[@]:1}", ["a", "c", "e", "e", "c", "e"]),
        ("declare -A m=([k]=v [l]=w); rm ${m[k]} ${!m[@]}", ["v", "l", "k"]),
        ('x=ab; rm ${x[0]} "${x[1]}" ${x[@]:1} ${!x[@]}', ["ab", "", "b", "0"]),
        ("a=(x y z); unset 'a[1]'; a=(\"${a[@]/#/p}\"); rm $a", ["…"]),
    ],
    "splitting and joining": [
        ("x='a  b'; rm $x\"$x\"c", ["a", "ba  bc"]),
        ("IFS=:; x=a::b; rm $x", ["a", "", "b"]),
        ('IFS=,; set -- a b; x=$*; unset IFS; rm $x "$*"', ["a,b", "a b"]),
        ("set -- 'a b' c; rm \"$@\" $# \"${@:2}\" \"${!#}\"", ["a b", "c", "2", "c", "c"]),
        ("rm {a,b}{1,2} {01..10..4} {c..a}", ["a1", "a2", "b1", "b2", "01", "05", "09", "c", "b", "a"]),
    ],
    "arithmetic": [
        ("x=5; rm $((x--)) $x $((--x)) $((x<<=1)) $x", ["5", "4", "3", "6", "6"]),
        ("((a[1]=7, a[1]++)); rm ${a[1]} $((a[1]%3))", ["8", "2"]),
        ("declare -i n=2+3; n+=1; rm $n $((010)) $((2#101))", ["6", "8", "5"]),
        ("x=3; ((x = nope[)); rm $x", ["…"]),
    ],
    "what is read": [
        ("IFS=: read -r x y <<< a:b:c; rm $x $y", ["a", "b:c"]),
        ("read -ra a <<< 'x y'; rm ${a[1]}", ["y"]),
        ("printf -v x '%s-%s' a b; rm $x", ["a-b"]),
        ("mapfile -t a <<< $'x\\ny\\nz'; rm ${a[@]}", ["x", "y", "z"]),
        ("mapfile -t -s 1 -n 1 a <<< $'x\\ny\\nz'; rm ${a[@]}", ["y"]),
        ("mapfile -t a < <(echo x; echo y); rm ${a[@]}", ["x", "y"]),
        ("mapfile -t a <<< $'x\\ry'; rm \"${a[0]}\"", ["x\ry"]),  # lines end at newlines and nothing else
        ("rm $(rev <<< ba) $(seq -s, 3) $(printf 'b\\na\\n' | sort)", ["ab", "1,2,3", "a", "b"]),
        ('x=$(echo a 1>&3) 3>&1; rm "$x"', ["…"]),  # where it went is not followed
    ],
    "globs": [
        ("rm *.txt", ["a.txt"]),
        ("shopt -s dotglob; rm *id", [".hid"]),
        ("shopt -s nullglob; rm *.none x", ["x"]),
        ("shopt -s nocaseglob; rm A.*", ["a.txt"]),
        ("shopt -s globstar; rm **/*.txt", ["a.txt", "d/c.txt"]),
        ("rm !(a.txt|d|cmd|list)", ["b.log"]),
        ("rm !(a).txt !(b).log", ["!(a).txt", "!(b).log"]),
        ("GLOBIGNORE=a*; rm *[tg]", [".hid", "b.log", "list"][1:]),
        ("set -f; rm *.txt", ["*.txt"]),
        ("touch n.txt; rm *.txt", ["a.txt", "n.txt"]),
        ("mkdir e; cd e; touch x; rm *", ["x"]),
    ],
    "names that are found": [
        ("$(command -v rm) x", ["x"]), ("$(type -P rm) x", ["x"]), ("`which rm` x", ["x"]),
        ("rm $(dirname $(command -v rm))", ["/usr/bin"]),
        ("f() { :; }; rm $(command -v f)", ["f"]),
    ],
    "functions": [
        ('f() { local x=$1 y=$x; rm "$x" "$y"; }; x=o; f i', ["i", "o"]),
        ("f() { g; rm $x; }; g() { x=$x.g; }; f() { local x=l; g; rm $x; }; x=o; f", ["l.g"]),
        ('f() { shift; rm "$@"; }; f a b c', ["b", "c"]),
        ("f() { set -- z; }; set -- a; f; rm $1", ["a"]),
        ("rm ${FUNCNAME[0]}", ["…"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("line", "words"), [row for rows in ROWS.values() for row in rows])
def test_a_program_gets_the_words_that_bash_would_give_it(line: str, words: list[str]) -> None:
    found = read(line, files=FILES)
    assert [argv[1:] for argv in found.argvs if argv and argv[0].rpartition("/")[2] == "rm"] == [words]
    assert not found.unknowns


ROUNDS = [
    ("set -- a b; while [ $# -gt 0 ]; do rm $1; shift; done", [["a"], ["b"]]),
    ("while [[ $x != aa ]]; do x+=a; rm $x; done", [["a"], ["aa"]]),
    ("i=0; until (( i > 1 )); do rm $i; ((i++)); done", [["0"], ["1"]]),
    ("while read -r l; do rm $l; done <<< $'a b\\nc'", [["a", "b"], ["c"]]),
    ("set -- a b; while git x; do rm $1; shift; done", [["a"], ["…"]]),
]


@pytest.mark.parametrize(("line", "argvs"), ROUNDS)
def test_a_loop_is_walked_while_its_condition_is_known_to_hold(line: str, argvs: list[list[str]]) -> None:
    found = [argv[1:] for argv in read(line, files=FILES).argvs if argv[0] == "rm"]
    assert found == argvs


@pytest.mark.parametrize(
    "line",
    [
        "read -r l < cmd; $l", 'read -r l < cmd; eval "$l"', "while read -r l; do $l; done < cmd",
        'while read -r l; do eval "$l"; done < cmd', "$(head -n1 cmd)", 'eval "$(sed s/x/y/ cmd)"', "$(<cmd)",
        "$(gzip -c cmd | zcat)", 'eval "$(tac cmd)"', "x=$(cat cmd); $x",
    ],
)  # fmt: skip
def test_a_file_that_decides_what_runs_is_read(line: str) -> None:
    found = read(line, files=FILES)
    assert ["rm", "from", "file"] in found.argvs
    assert not found.unknowns


@pytest.mark.parametrize("line", ['while read -r l; do rm "$l"; done < cmd', "read -r l < cmd; rm $l", "rm $(cat cmd)"])
def test_a_file_that_decides_no_program_is_left_alone(line: str) -> None:
    found = read(line, files=FILES)
    assert ("script", "/home/dev/shop/cmd") not in found.surroundings.looks


@pytest.mark.parametrize("line", ["$nope rm x", "$(mystery) rm x", "$1 rm x", "${x:-$(mystery)} rm x"])
def test_behind_a_name_that_may_be_nothing_the_next_word_counts(line: str) -> None:
    assert ["rm", "x"] in read(line).argvs
