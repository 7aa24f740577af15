"""Rows: where commands may stand. Every line holds `rm x` once, and bash would run it."""

from __future__ import annotations

import pytest

from tests.parse.shell.reading import read

HIDDEN = [
    "true && rm x", "false || rm x", "true \\\n&\\\n& rm x", "a | rm x", "a |& rm x", "rm x &", "(rm x)", "{ rm x; }",
    "( ( { rm x; } ) )", "{ ( { rm x; } ) }", "! rm x", "time rm x", "time -p rm x | cat", "coproc rm x",
    "coproc W { rm x; }", "coproc rm x | cat", "if a; then b; else rm x; fi", "if rm x; then :; fi",
    "if a; then b; elif rm x; then c; fi", "while rm x; do break; done", "until a; do rm x; done",
    "for i in 1; { rm x; }", "for i in do; do rm x; done", "for i in $(rm x); do :; done",
    "for ((i=0; i < 1$(rm x); i++)); do :; done", "for i; do rm x; done", "select i in a; do rm x; done <<< 1",
    "case a in b) ;; a|c) rm x;; esac", "case a in (a) rm x;; esac", "case $(rm x) in a) ;; esac",
    "case a in $(rm x)) ;; esac", 'case a in "$(echo ")")") ;; a) rm x;; esac', "case a in $'a\\'b') ;; *) rm x; esac",
    "case a in a) : ;& b) rm x;; esac", "f() { rm x; }; f", "f() ( rm x ); f", "function f { rm x; }; f",
    "function f() if :; then rm x; fi; f", "f() { :; } > $(rm x); f", "true; +() { rm x; }; +",
    "x=$(rm x)", "FOO=$(rm x) true", "a=(1 $(rm x))", 'a+=("$(rm x)")', "a[$(rm x)]=1", "export A=$(rm x)",
    "local y=`rm x`", "echo `echo \\`rm x\\``", 'echo "$(rm x)"', "echo ${n:-$(rm x)}", "echo ${n:-<(rm x)}",
    'echo "${s%$(rm x)}"', "s=abc; echo ${s:$(rm x; echo 1)}", "echo ${n:?$(rm x)}", "echo $[ $(rm x) + 1 ]",
    "(( y = $(rm x; echo 2) ))", "echo $(( $(rm x) ))", "[[ -n $(rm x) ]]", "[[ $a == @($(rm x)) ]]", "cat <(rm x)",
    "cat < <(rm x)", "a > >(rm x)", "> $(rm x)", "echo a >$(rm x)", "cat <<E\n$(rm x)\nE", "cat <<E\n`rm x`\nE",
    "cat <<-E\n\t${n:-$(rm x)}\n\tE", 'cat <<< "$(rm x)"', "cat <<A; rm x\nbody\nA", 'echo "$(cat <<E\n$\nE\nrm x\n)"',
    "x=$\nrm x", "echo ==\nrm x", "echo =~\nrm x", "x=\\\n\nrm x", "$(#c\n) rm x", "y=2>&1; rm x",
    "{fd}>/dev/null rm x",
    ">/dev/null rm x", "2>&1 rm x", "rm > log x", "echo if then; rm x", "do=rm; $do x", "while :; do :; done; rm x",
    "echo ok # comment\nrm x", "echo a#b; rm x", "cat <<E\n${x\nE\nrm x", 'cat <<E"O"F\n$(no)\nEOF\nrm x',
    "exec rm x", "command rm x", "builtin command -p rm x", "exec -a name rm x", "eval rm x", "eval 'rm ' x",
    'eval "$(echo rm x)"', "trap 'rm x' EXIT", "trap 'rm x' ERR; false", "PROMPT_COMMAND='rm x'", "PS4='$(rm x)'",
    "mapfile -C 'rm x #' -c 1 l <<< a", "compgen -W '$(rm x)'", "history -s rm x",
    "declare -i n; n='a[$(rm x)]'", "let 'y=a[$(rm x)]'", "read 'q[$(rm x)0]' <<< y", "unset 'b[$(rm x)]'",
    "printf -v 'q[$(rm x)0]' y", "test -v 'q[$(rm x)]'", "[ -v 'q[$(rm x)]' ]", "y=(1); [[ -v y[$(rm x)] ]]",
    "[[ 'a[$(rm x)]' -eq 0 ]]", "y='a[$(rm x)]'; echo ${!y}", "p='$(rm x)'; echo ${p@P}", "y='a[$(rm x)]'; (( y ))",
    "command_not_found_handle() { rm x; }; nosuch", "shopt -s expand_aliases\nalias go='command ' y='rm x'\ngo y",
    "x=1 rm x", "echo hi; exit 0; rm x", "f() { return; rm x; }; f", "while :; do break; rm x; done", "${ rm x; }",
    "[[ -e >(rm x) ]]", "for i in >(rm x); do :; done", "y=>(rm x)", "a >(rm x)", "declare -n r=y; r=rm; $y x",
    "true $(trap 'rm x' EXIT)",
]  # fmt: skip

RENAMED = ["hash -p /bin/rm ls; ls x", "BASH_CMDS[ls]=/bin/rm; ls x"]

DEAD = [
    "echo rm x", "echo 'run $(rm x) or `rm x`'", 'echo "run \\$(rm x)"', "cat <<'E'\n$(rm x)\nE",
    'cat <<"E F"\n`rm x`\nE F',
    "cat <<E\n\\$(rm x)\nE", "cat <<E\nrm x\nE", "echo a # rm x", "echo ok #`rm x` $(rm x)",
    "true rm x && false rm x", "f() { rm x; }",
    "trap 'echo \"rm x\"' EXIT", 'git commit -m "rm x"', "mkdir rm && cd rm && pwd", "alias y='rm x'\necho y",
    "x='$(rm x)'; echo $x",
    "rm() { echo no; }; rm x", "echo $'$(rm x)'", "[[ a == 'rm x' ]]", "case rm in rm) ;; esac",
    "for rm in x; do :; done",
]  # fmt: skip


@pytest.mark.parametrize("line", HIDDEN)
def test_a_command_is_found_wherever_it_may_stand(line: str) -> None:
    found = read(line)
    assert [argv for argv in found.argvs if argv[:1] == ["rm"]] in ([["rm", "x"]], [["rm", "x"], ["rm", "x"]]), (
        found.items
    )


@pytest.mark.parametrize("line", RENAMED)
def test_a_name_that_was_given_another_program_starts_it(line: str) -> None:
    assert ["/bin/rm", "x"] in read(line).argvs


@pytest.mark.parametrize("line", DEAD)
def test_text_that_never_runs_is_not_a_command(line: str) -> None:
    found = read(line)
    assert not [argv for argv in found.argvs if argv[:1] == ["rm"]]
    assert not found.unknowns


@pytest.mark.parametrize(
    ("line", "argvs"),
    [
        ("rm x\n)(", [["rm", "x"]]),
        ('rm x\necho "never closed', [["rm", "x"]]),
        ("x=((\nrm x", [["rm", "x"]]),
        ("fi\nrm x", [["rm", "x"]]),
        ("rm x; if a; then", [["rm", "x"]]),
    ],
)
def test_an_error_keeps_the_other_lines_and_says_where_it_is(line: str, argvs: list[list[str]]) -> None:
    found = read(line)
    assert [argv for argv in found.argvs if argv[0] == "rm"] == argvs
    assert len(found.unknowns) == 1
    assert "character" in found.unknowns[0]


@pytest.mark.parametrize(
    ("line", "via"),
    [
        ("f() { rm x; }; f", ["function f"]),
        ("echo $(rm x)", ["substitution $()"]),
        ("eval rm x", ["eval eval"]),
        (". ./s.sh", ["script /home/dev/shop/s.sh"]),
        ("trap 'rm x' EXIT", ["trap trap"]),
        ("shopt -s expand_aliases\nalias y='rm x'\ny", ["alias y"]),
        ("f() { eval 'echo $(rm x)'; }; f", ["function f", "eval eval", "substitution $()"]),
    ],
)
def test_the_way_to_a_command_is_told(line: str, via: list[str]) -> None:
    found = read(line, files={"/home/dev/shop/s.sh": "rm x\n"})
    (program,) = [each for each in found.programs if each.argv[0].text == "rm"]
    assert [f"{each.how} {each.program}" for each in program.via] == via
