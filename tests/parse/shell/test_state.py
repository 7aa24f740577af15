"""What one command leaves for the next: directory, variables, functions; and what either way of a branch leaves."""

from __future__ import annotations

import pytest

from agentguard.model.command import Word
from tests.parse.shell.reading import read

FOLDERS = ("/home/dev/shop/web", "/home/dev/shop/api", "/home/dev/shop/web/sub", "/a", "/b", "/tmp")
CWDS = [
    ("cd web; rm x", ["/home/dev/shop/web"]),
    ("cd /tmp && rm x", ["/tmp"]),
    ("cd web && cd ../api && rm x", ["/home/dev/shop/api"]),
    ("(cd /tmp); rm x", ["/home/dev/shop"]),
    ("cd /tmp | cat; rm x", ["/home/dev/shop"]),
    ("cd; rm x", ["/home/dev"]),
    ("cd /a; cd /b; cd -; rm x", ["/a"]),
    ("pushd /a; popd; rm x", ["/home/dev/shop"]),
    ("pushd /a; rm x", ["/a"]),
    ("[ -d web ] && cd web; rm x", ["/home/dev/shop", "/home/dev/shop/web"]),
    ("if a; then cd /a; else cd /b; fi; rm x", ["/a", "/b"]),
    ("false && cd /tmp/s; rm x", ["/home/dev/shop"]),
    ('cd "$(mystery)"; rm x', [""]),
    ("f() { cd /a; }; f; rm x", ["/a"]),
    ("cd /a; rm x & rm y; cd $OLDPWD; rm x", ["/a", "/home/dev/shop"]),
    ("cd absent; rm x", ["/home/dev/shop", "/home/dev/shop/absent"]),  # it may be made before, or the shell stays
    ("cd absent && rm x", ["/home/dev/shop/absent"]),
    ("cd absent || rm x", ["/home/dev/shop"]),
    ("cd absent || exit; rm x", ["/home/dev/shop", "/home/dev/shop/absent"]),  # after `exit` it is read all the same
    ("cd absent && cd ../web; rm x", ["/home/dev/shop", "/home/dev/shop/web"]),
    ("if cd absent; then rm x; fi", ["/home/dev/shop/absent"]),
    ("if cd absent; then :; else rm x; fi", ["/home/dev/shop"]),
    ("mkdir -p new/deep; cd new/deep; rm x", ["/home/dev/shop/new/deep"]),
    ("cd -; rm x", ["/home/dev/shop"]),
    ("CDPATH=web; cd sub; rm x", ["/home/dev/shop/web/sub"]),
    ("CDPATH=web; cd ./api; rm x", ["/home/dev/shop/api"]),
    ("pushd -n /a; rm x", ["/home/dev/shop"]),
    ("pushd /a; pushd /b; popd; rm x", ["/a"]),
    ("pushd /a; pushd; rm x", ["/home/dev/shop"]),
    ("! cd absent && rm x", ["/home/dev/shop"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "cwds"), CWDS)
def test_a_command_runs_where_the_line_went(line: str, cwds: list[str]) -> None:
    programs = [each for each in read(line, folders=FOLDERS).programs if each.argv == (Word("rm"), Word("x"))]
    assert sorted(each.cwd for each in programs) == sorted(cwds)


VARIABLES = [
    ("A=1 cmd", {"A": "1"}),
    ("A=1; cmd", {}),
    ("A=1; export A; cmd", {"A": "1"}),
    ("export A=1 B=$A; cmd", {"A": "1", "B": ""}),  # all values are made before the first of them is given
    ("A=0; export A=1 B=$A; cmd", {"A": "1", "B": "0"}),
    ("x=out; f() { local x=$x; export x; cmd; }; f", {"x": "out"}),
    ("export -n AWS_PROFILE; cmd", {"AWS_PROFILE": None}),
    ("unset AWS_PROFILE; AWS_PROFILE=b; cmd", {"AWS_PROFILE": None}),  # set again, but no longer exported
    ("A=1 export A; cmd", {"A": "1"}),
    ("set -a; A=1; set +a; B=2; cmd", {"A": "1"}),
    ("f() { local AWS_PROFILE=b; cmd; }; f", {"AWS_PROFILE": "b"}),
    ('while read -r l; do export "$l"; done < .env; cmd', {"TOKEN": "t", "URL": "'a b'"}),
    ("export A; A=1; cmd", {"A": "1"}),
    ("set -a; A=1; cmd", {"A": "1"}),
    ("set -a; . ./.env; cmd", {"TOKEN": "t", "URL": "a b"}),
    ("AWS_PROFILE=prod; cmd", {"AWS_PROFILE": "prod"}),  # it is in the environment already
    ("unset AWS_PROFILE; cmd", {"AWS_PROFILE": None}),
    ("A=1 true; cmd", {}),
    ("f() { local A=1; export A; cmd; }; f", {"A": "1"}),
    ("f() { local A=1; export A; }; f; cmd", {}),
    ("declare -x A=1; cmd", {"A": "1"}),
    ("export A=1; export -n A; cmd", {}),
    ("(export A=1); cmd", {}),
    ("A=1 eval cmd", {"A": "1"}),
    ("export A=$(date); cmd", {"A": "…"}),
    ("x=b; export A+=a; A+=$x; cmd", {"A": "ab"}),
]


@pytest.mark.parametrize(("line", "variables"), VARIABLES)
def test_a_program_gets_what_the_line_exported(line: str, variables: dict[str, str | None]) -> None:
    found = read(line, files={"/home/dev/shop/.env": "TOKEN=t\nURL='a b'\n"}, environ={"AWS_PROFILE": "dev"})
    told = dict(found.programs[-1].variables)
    assert {name: word and str(word) for name, word in told.items()} == variables


def test_an_exported_function_travels_as_bash_carries_it() -> None:
    variables = dict(read("f() { rm x; }; export -f f; cmd").programs[-1].variables)
    assert str(variables["BASH_FUNC_f%%"]) == "() { rm x; }"


def test_a_function_of_the_environment_is_called() -> None:
    assert ["rm", "x"] in read("ls -l", environ={"BASH_FUNC_ls%%": "() {  rm x;\n}"}).argvs


WAYS = [
    ("if a; then x=rm; else x=ls; fi; $x y", [["ls", "y"], ["rm", "y"]]),
    ("x=ls; a && x=rm; $x y", [["ls", "y"], ["rm", "y"]]),
    ("x=rm; false && x=echo; $x y", [["rm", "y"]]),
    ("x=ls; case $1 in a) x=rm;; esac; $x y", [["ls", "y"], ["rm", "y"]]),
    ("for x in rm ls; do a && break; done; $x y", [["ls", "y"], ["rm", "y"]]),
    ("x=rm; f() { a || return; x=ls; }; f; $x y", [["ls", "y"], ["rm", "y"]]),
    ("a && rm() { echo; }; rm y", [["echo"], ["rm", "y"]]),
    ("c=; for l in r m; do c+=$l; done; $c y", [["rm", "y"]]),
    ("x=1; x=rm | true; $x y", [["1", "y"]]),
    ("x=rm; (x=ls); $x y", [["rm", "y"]]),
    ("alias rm=ls\nrm y", [["ls", "y"], ["rm", "y"]]),  # whether aliases hold depends on the shell of the agent
]


@pytest.mark.parametrize(("line", "argvs"), WAYS)
def test_every_value_that_a_command_may_have_is_read(line: str, argvs: list[list[str]]) -> None:
    found = read(line)
    assert sorted(argv for argv in found.argvs if argv[-1] == "y" or argv == ["echo"]) == argvs
    assert not found.unknowns


def test_both_ways_of_an_exported_variable_reach_the_program() -> None:
    found = read("if a; then export E=prod; else export E=dev; fi; kubectl x")
    assert sorted(str(dict(each.variables)["E"]) for each in found.programs[-2:]) == ["dev", "prod"]


def test_of_very_many_combinations_one_more_is_read_with_nothing_known() -> None:
    branches = "".join(f"if a; then v{place}=1; else v{place}=2; fi; " for place in range(6))
    found = read(branches + "rm $v0 $v1 $v2 $v3 $v4 $v5")
    assert ["rm", *["…"] * 6] in found.argvs


def test_a_virtual_environment_is_entered_without_a_word() -> None:
    script = """
deactivate () {
    if [ -n "${_OLD:-}" ] ; then
        PATH="${_OLD:-}"
        export PATH
        unset _OLD
    fi
    if [ -n "${OLD_PS1:-}" ] ; then PS1="${OLD_PS1:-}" ; export PS1 ; fi
    if [ ! "${1:-}" = nondestructive ] ; then unset -f deactivate ; fi
}
deactivate nondestructive
export VIRTUAL_ENV=/v
_OLD=$PATH
PATH=$VIRTUAL_ENV/bin:$PATH
export PATH
hash -r 2> /dev/null
"""
    found = read("source activate && pytest; deactivate; pip list", files={"/home/dev/shop/activate": script})
    assert not found.unknowns
    assert len(found.items) < 40


def test_a_second_round_of_a_loop_sees_what_the_first_one_changed() -> None:
    assert ["rm", "y"] in read("x=ls; while a; do $x y; x=rm; done").argvs


LOOPS = [
    ("for f in a 'b c'; do rm \"$f\"; done", [["rm", "a"], ["rm", "b c"]]),
    ("for ((i=0; i<3; i++)); do rm $i; done", [["rm", "0"], ["rm", "1"], ["rm", "2"]]),
    ("seq 2 | while read -r n; do rm $n; done", [["rm", "1"], ["rm", "2"]]),
    ("while read a b; do rm $b; done <<< $'x y z\\nq r'", [["rm", "y", "z"], ["rm", "r"]]),
    ('ls | while read -r d; do rm "$d"; done', [["rm", "…"]]),
    ('for f in $(ls); do rm "$f"; done', [["rm", "…"]]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "argvs"), LOOPS)
def test_loops_are_walked_over_what_is_known(line: str, argvs: list[list[str]]) -> None:
    assert [argv for argv in read(line).argvs if argv[0] == "rm"] == argvs


def test_preludes_count_for_what_they_define_only() -> None:
    files = {"/snap.sh": "alias ll='ls -l'\nf() { rm \"$1\"; }\nexport E=prod\nrm at-start\n"}
    found = read("ll a; f b; cmd", files=files, preludes=["/snap.sh", "/absent.sh"])
    assert found.argvs == [["ls", "-l", "a"], ["rm", "b"], ["cmd"]]
    assert str(dict(found.programs[-1].variables)["E"]) == "prod"
