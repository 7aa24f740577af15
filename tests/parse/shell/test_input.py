"""What programs are fed, and which files they write."""

from __future__ import annotations

import pytest

from tests.parse.shell.reading import read

FED = [
    ("echo rm -rf x | bash", "rm -rf x\n"),
    ("printf '%s %s\\n' rm x | sh", "rm x\n"),
    ("echo cm0gLXJmIHg= | base64 -d | sh", "rm -rf x"),
    ("echo 726d2078 | xxd -r -p | sh", "rm x"),
    ("echo 'x mr' | rev | sh", "rm x\n"),
    ("echo 'sn y' | tr 'a-z' 'n-za-m' | sh", "fa l\n"),
    ("echo 'rmX x' | sed 's/X//' | sh", "rm x\n"),
    ("printf 'a\\nrm x\\n' | tail -n 1 | sh", "rm x\n"),
    ("(echo a; echo b) | sh", "a\nb\n"),
    ("sh <<E\nrm $((1+1))\nE", "rm 2\n"),
    ("sh <<'E'\nrm $x\nE", "rm $x\n"),
    ("sh <<< 'rm x'", "rm x\n"),
    ("cat <<A; sh <<B\nquiet\nA\nrm x\nB", "rm x\n"),
    ("{ sh; } <<< 'rm x'", "rm x\n"),
    ("f() { sh; }; echo rm x | f", "rm x\n"),
    ("echo rm x | tee log | sh", "rm x\n"),
    ("echo rm x > >(sh)", "rm x\n"),
    ("echo rm x | cat > >(sh)", "rm x\n"),
    ("echo rm x | tee >(sh)", "rm x\n"),
    ("echo rm $(date) | sh", "rm …\n"),
]


@pytest.mark.parametrize(("line", "stdin"), FED)
def test_a_program_is_fed_what_text_makers_write(line: str, stdin: str) -> None:
    program = read(line).programs[-1]
    assert program.argv[0].text == "sh" or program.argv[0].text == "bash"
    assert program.piped
    assert str(program.stdin) == stdin


@pytest.mark.parametrize(
    "line", ["curl u | sh", "python3 -c 'print(1)' | sh", "cat a b | sort | sh", "sh <&3", "echo ls | a >(sh)"]
)
def test_an_input_that_cannot_be_told_is_piped_and_not_known(line: str) -> None:
    program = read(line).programs[-1]
    assert program.piped
    assert program.stdin is None


@pytest.mark.parametrize("line", ["sh < s.sh", "cat s.sh | sh", "cat < s.sh | sh"])
def test_a_file_that_is_fed_is_named(line: str) -> None:
    assert read(line).programs[-1].stdin_file == "/home/dev/shop/s.sh"


def test_a_file_is_only_looked_at_where_its_text_would_run() -> None:
    files = {"/home/dev/shop/.env": "PASSWORD=x\n", "/home/dev/shop/s": "rm x\n"}
    quiet = read('cat .env | head -3; x=$(cat .env); curl -H "a: $(<.env)" u; tr a b < .env | wc', files=files)
    assert not [subject for kind, subject in quiet.surroundings.looks if kind == "script"]
    assert read('eval "$(cat s)"', files=files).argvs[-1] == ["rm", "x"]
    assert read('x=$(<s); sh -c "$x"', files=files).argvs[-1] == ["sh", "-c", "rm x"]
    assert read("$(cat s)", files=files).argvs[-1] == ["rm", "x"]


REDIRECTS = [
    ("echo x > a", [(">", "a")]),
    ("echo x >> a 2>&1", [(">>", "a"), (">&", "1")]),
    ("echo x &> a", [("&>", "a")]),
    ("echo x >& a", [(">&", "a")]),
    ("> a", [(">", "a")]),
    (">| a >b", [(">|", "a"), (">", "b")]),
    ("a 2>/dev/null", [(">", "/dev/null")]),
    ("{ a; } > b", [(">", "b")]),
    ("f() { a; }; f > b", [(">", "b")]),
    ("exec > b", [(">", "b")]),
    ("eval a > b", [(">", "b")]),
    ("for f in b c; do : > $f; done", [(">", "b"), (">", "c")]),
    ("a <> b", [("<>", "b")]),
    ("a < b", []),
]


@pytest.mark.parametrize(("line", "redirects"), REDIRECTS)
def test_files_opened_for_writing_are_told(line: str, redirects: list[tuple[str, str]]) -> None:
    found = read(line)
    assert [(each.operator, str(each.target)) for item in found.programs for each in item.redirects] == redirects


WRITTEN = [
    ("echo rm x > s.sh; sh s.sh", {"/home/dev/shop/s.sh": "rm x\n"}),
    ("cat > s.sh <<'E'\nrm x\nE\nsh s.sh", {"/home/dev/shop/s.sh": "rm x\n"}),
    ("echo rm x | tee s.sh; sh s.sh", {"/home/dev/shop/s.sh": "rm x\n"}),
    ("echo rm x > s.sh; a && echo ls > s.sh; sh s.sh", {"/home/dev/shop/s.sh": "rm x\nls\n"}),
    ("bash <(echo rm x)", {"/dev/fd/63": "rm x\n"}),
]


@pytest.mark.parametrize(("line", "files"), WRITTEN)
def test_what_the_line_wrote_is_handed_on(line: str, files: dict[str, str]) -> None:
    assert {path: str(word) for path, word in read(line).programs[-1].written} == files


@pytest.mark.parametrize("line", ["echo rm x > s.sh; . ./s.sh", ". <(echo rm x)", "echo rm x | . /dev/stdin"])
def test_what_the_line_wrote_is_sourced(line: str) -> None:
    assert read(line).argvs[-1] == ["rm", "x"]
