"""Many commands through shell and shims next to the bare shell, and proof that a fault of ours would be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell_wrapper.forms import FORMS, ZSH
from tests.shell_wrapper.many import FAULTS, Result, Row, many, table
from tests.shell_wrapper.sandbox import READY, inside, obstacle

SHARED = Path(__file__).parents[3] / "shared" / "cases"
SAMPLE, MANY, OWN = 30, 2000, 500


@pytest.fixture(autouse=True)
def sandbox() -> None:
    if why := obstacle():
        pytest.skip(why)


def faults(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row[3] in FAULTS]


def test_a_sample_of_lines_ends_as_under_the_bare_shell_or_not_at_all() -> None:
    rows = many(None, 0, SAMPLE, seed=3, jobs=1)
    assert not faults(rows), table(rows)
    assert {Result.IDENTICAL, Result.CONFIRMED, Result.IN_PART} <= {row[3] for row in rows}


@pytest.mark.slow
def test_two_thousand_lines_end_as_under_the_bare_shell_or_not_at_all() -> None:
    rows = many(SHARED, MANY, OWN, seed=1, jobs=2) if SHARED.is_dir() else many(None, 0, MANY, seed=1, jobs=2)
    assert not faults(rows), table(rows)
    assert len(rows) >= MANY
    forms = {row[2] for row in rows}
    missing = {form.name for form in FORMS} - forms
    assert not missing or not Path(ZSH).exists(), missing
    if missing:
        pytest.skip(f"there is no zsh here: all else is as it should be, and {missing} was not tried")


# The sandbox --------------------------------------------------------------------------------------------------------

SPEAK = f"print({READY!r}, end='', flush=True)\n"
CELL = """
import json, os
from pathlib import Path
from tests.shell_wrapper.cell import run
folder, home = Path("/guard/io"), Path("/home/dev")
folder.mkdir(), home.mkdir()
for line in {lines}:
    ended = run(("/bin/bash", "-c", line), home, {{"PATH": "/usr/bin"}}, b"fed", folder)
    print(json.dumps([ended.how, ended.output.decode(), ended.error.decode()]), flush=True)
"""
LINES = {  # what ends how, and says what
    "cat; exit 3": ("exit 3", "fed", ""),
    "kill -TERM $$": ("signal 15", "", ""),
    "kill -9 -1; echo alone": ("exit 0", "alone\n", "No such process"),
    "sleep 60 & echo on": ("exit 0", "on\n", ""),
    "exec sleep 60": ("late", "", ""),
    "id -u; sed -n 's/^CapEff:.//p' /proc/self/status": ("exit 0", "1000\n0000000000000000\n", ""),
    "echo > /etc/passwd": ("exit 1", "", "Read-only file system"),
    f"echo > {__file__}": ("exit 1", "", "Read-only file system"),
    "echo b > /proc/sysrq-trigger": ("exit 1", "", "/proc/sysrq-trigger"),
    "ls /dev; ls -A /tmp /root/.ssh 2>/dev/null": (
        "exit 2",
        "fd\nfull\nnull\nrandom\nstderr\nstdin\nstdout\nurandom\nzero\n/tmp:\n",
        "",
    ),
    "exec 3<>/dev/tcp/192.0.2.1/80": ("exit 1", "", "Network is unreachable"),
    "exec 3<>/dev/tcp/127.0.0.1/22": ("exit 1", "", "unreachable"),
    "(:(){ :|:& };:) & sleep 1; exit 4": ("exit 4", "", "Resource temporarily unavailable"),
}


def test_in_a_cell_everything_ends_as_it_ends_and_harms_nobody() -> None:
    with inside("-c", SPEAK + CELL.format(lines=list(LINES))) as running:
        assert running.stdout
        told = [json.loads(answer) for answer in running.stdout]
    for (line, (how, output, error)), (ended, written, said) in zip(LINES.items(), told, strict=True):
        assert (ended, written, error in said) == (how, output, True), (line, said)


# Planted faults -----------------------------------------------------------------------------------------------------

PLANTED = """
import json
from tests.shell_wrapper.forms import FORMS
from tests.shell_wrapper.ground import Case, Ground
from tests.shell_wrapper.many import tried
ground = Ground()
try:
    for program in ground.shimmed:
        (ground.shims / program).unlink()
        (ground.shims / program).symlink_to(ground.stubs / program)
    for launcher, name, line in {faults}:
        for shell in ("bash", "agentguard-shell"):
            path = ground.prefix.parent / shell
            path.unlink()
            path.write_text(launcher)
            path.chmod(0o755)
        (form,) = (form for form in FORMS if form.name == name)
        print(json.dumps(tried(ground, Case("planted", line), form).result), flush=True)
finally:
    ground.close()
"""
BECOMES = '#!/bin/bash\n[ "$#" -gt 1 ] || set -- -c "$@"\n'
FAULTY = {  # what is planted: the launcher's text, the form, the line
    "it asks nobody": (f'{BECOMES}exec /bin/bash "$@"\n', "called bash", "rm -rf victim"),
    "it loses the status": (f'{BECOMES}/bin/bash "$@"\nexit 0\n', "called bash", "exit 3"),
    "it makes a status of a signal": (f'{BECOMES}/bin/bash "$@"\nexit $?\n', "called bash", "kill $$"),
    "it keeps the error": (f'{BECOMES}exec /bin/bash "$@" 2>/dev/null\n', "called bash", "echo x >&2"),
    "it feeds nothing": (f'{BECOMES}exec /bin/bash "$@" </dev/null\n', "called bash", "aws s3 ls"),
    "it starts elsewhere": (f'{BECOMES}cd /; exec /bin/bash "$@"\n', "prefix", "echo x > new.txt"),
    "it adds a variable": (f'{BECOMES}A=1 exec /bin/bash "$@"\n', "SHELL", "kubectl get pods"),
    "it runs all the same": (f'{BECOMES}/bin/bash "$@"\nexit 77\n', "prefix", "rm -rf victim"),
    "a shim asks nobody": ("", "bash, shims", "git reset --hard"),
}


def test_every_fault_of_shell_or_shims_is_seen() -> None:
    with inside("-c", SPEAK + PLANTED.format(faults=list(FAULTY.values()))) as running:
        assert running.stdout
        told = [json.loads(answer) for answer in running.stdout]
    assert [fault for fault, result in zip(FAULTY, told, strict=True) if result not in FAULTS] == []
