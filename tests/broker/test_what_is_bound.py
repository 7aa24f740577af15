"""What changes between an approval and the run: the approval is void, and the agent is told what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agentguard.broker.assembly import ByPlace
from agentguard.broker.rulebook import Rulebook
from agentguard.model.call import Call, ShellLine
from agentguard.model.hold import Answer, Kind, State
from agentguard.surroundings import Machine, Surroundings
from tests.broker.book import ADA
from tests.broker.desk import Desk
from tests.laws.world import policy, toolbox

KUBE = """current-context: {}
clusters: [{{name: c, cluster: {{server: '{}'}}}}]
contexts: [{{name: prod, context: {{cluster: c, user: u}}}}, {{name: live, context: {{cluster: c, user: u}}}}]
"""
PROD = {"AWS_PROFILE": "prod"}
PG = {"PGHOST": "prod-db.example", "PGDATABASE": "shop"}
EMPTY = "aws s3 rm s3://orders --recursive"


@dataclass(frozen=True)
class Row:
    """A line that is held and approved, then a change of files or environment, and the words that must tell it."""

    line: str
    told: str
    files: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    then: Mapping[str, str] = field(default_factory=dict)
    then_environ: Mapping[str, str] = field(default_factory=dict)


ROWS = {
    "a script": Row("bash x.sh", "/x.sh was rewritten", {"x.sh": EMPTY}, PROD, {"x.sh": f"{EMPTY} #"}),
    "what a script includes": Row(
        "bash x.sh", "/y.sh was rewritten", {"x.sh": ". ./y.sh", "y.sh": EMPTY}, PROD, {"y.sh": f"{EMPTY}\n:"}
    ),
    "SQL by -f": Row(
        "psql -f a.sql", "sql.table:users", {"a.sql": "DROP TABLE x"}, PG, {"a.sql": "DROP TABLE x; DROP TABLE users"}
    ),
    "SQL by a pipe": Row(
        "cat a.sql | psql", "/a.sql was rewritten", {"a.sql": "DROP TABLE x"}, PG, {"a.sql": "DROP TABLE  x"}
    ),
    "make": Row(
        "make x", "/Makefile was rewritten", {"Makefile": f"x:\n\t{EMPTY}"}, PROD, {"Makefile": f"x:\n\t{EMPTY} #"}
    ),
    "npm": Row(
        "npm run x",
        "/package.json says something else",
        {"package.json": f'{{"scripts": {{"x": "{EMPTY}"}}}}'},
        PROD,
        {"package.json": f'{{"scripts": {{"x": "{EMPTY} #"}}}}'},
    ),
    "a manifest": Row("kubectl delete -f m.yaml", "/m.yaml was rewritten", {"m.yaml": "a"}, {}, {"m.yaml": "b"}),
    "a manifest behind =": Row("kubectl delete --filename=m.yaml", "/m.yaml was", {"m.yaml": "a"}, {}, {"m.yaml": "b"}),
    "a manifest behind -f": Row("kubectl delete -fm.yaml", "/m.yaml was", {"m.yaml": "a"}, {}, {"m.yaml": "b"}),
    "a manifest that comes in": Row("kubectl delete -f - < m.yaml", "/m.yaml", {"m.yaml": "a"}, {}, {"m.yaml": "b"}),
    "a directory of manifests": Row(
        "kubectl delete -f k/", "/k was rewritten", {"k/a.yaml": "a"}, {}, {"k/b.yaml": "b"}
    ),
    "a list of objects": Row(
        "aws s3api delete-objects --bucket b --delete file://d.json", "/d.json", {"d.json": "a"}, PROD, {"d.json": "b"}
    ),
    "a list for xargs": Row("xargs -I{} aws s3 rb s3://{} --force < l", "/l was", {"l": "a"}, PROD, {"l": "b"}),
    "a list in a substitution": Row("aws s3 rb s3://$(cat l) --force", "/l was", {"l": "a"}, PROD, {"l": "b"}),
    "a saved plan": Row(
        "terraform apply p.out", "/p.out was rewritten", {"p.out": "a", "x.tf": ""}, {}, {"p.out": "b"}
    ),
    "variables of a stack": Row(
        "terraform apply -var-file=v.tfvars", "/v.tfvars is new", {"x.tf": ""}, {}, {"v.tfvars": "x=1"}
    ),
    "the stack itself": Row(
        "terraform apply", "/x.tf was rewritten", {"x.tf": 'resource "a" "b" {}'}, {}, {"x.tf": ""}
    ),
    "the context of a cluster": Row(
        "kubectl delete deploy x",
        "current-context is live",
        {".kube/config": KUBE.format("prod", "https://p.example")},
        {},
        {".kube/config": KUBE.format("live", "https://p.example")},
    ),
    "the server of a cluster": Row(
        "kubectl delete deploy x",
        "/.kube/config says something else",
        {".kube/config": KUBE.format("prod", "https://p.example")},
        {},
        {".kube/config": KUBE.format("prod", "https://q.example")},
    ),
    "a profile": Row(EMPTY, "AWS_PROFILE is live", {}, PROD, {}, {"AWS_PROFILE": "live"}),
    "what a profile says": Row(
        EMPTY, "/.aws/config says", {".aws/config": "[profile prod]"}, PROD, {".aws/config": "[profile prod]\nregion=x"}
    ),
    "a host": Row(
        "psql -c 'DROP TABLE x'", "no longer PGHOST is prod-db.example", {}, PG, {}, {"PGHOST": "prod-2.example"}
    ),
    "a port": Row("psql -c 'DROP TABLE x'", "PGPORT is set now", {}, PG, {}, {"PGPORT": "6000"}),
    "a role": Row("psql -c 'DROP TABLE x'", "PGUSER is set now", {}, PG, {}, {"PGUSER": "postgres"}),
    "a variable of a stack": Row(
        "terraform apply", "TF_VAR_x has another", {"x.tf": ""}, {"TF_VAR_x": "1"}, {}, {"TF_VAR_x": "2"}
    ),
    "a service": Row(
        "psql service=s -c 'DROP TABLE x'",
        "/.pg_service.conf says something else",
        {".pg_service.conf": "[s]\nhost=prod-1\n"},
        {},
        {".pg_service.conf": "[s]\nhost=prod-2\n"},
    ),
    "a connection string": Row(
        'psql "$DATABASE_URL" -c "DROP TABLE x"',
        "DATABASE_URL has another value",
        {},
        {"DATABASE_URL": "postgres://u:hunter2@prod-db/shop"},
        {},
        {"DATABASE_URL": "postgres://u:hunter3@prod-db/shop"},
    ),
}


@dataclass
class Place:
    """A desk with the shipped tables and policy, in a home that is a directory of the test."""

    desk: Desk
    home: Path

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def ask(self, line: str, environ: Mapping[str, str], use: str = "t1", cwd: str = "", first: str = "") -> Answer:
        """One call of the agent, whose shell reads the file `first` before it."""
        preludes = (f"{self.home}/{first}",) if first else ()
        call = Call(ShellLine(line, preludes=preludes), cwd or str(self.home), ADA.agent, ADA.os_user)
        surroundings = Surroundings(Machine({"HOME": str(self.home), **environ}), call.cwd)
        return self.desk.service.judge(call, surroundings, replace(ADA, tool_use_id=use, cwd=call.cwd))

    def approved(self, line: str, environ: Mapping[str, str]) -> str:
        hold = self.ask(line, environ).hold
        assert hold is not None, "it was not held at all"
        for name in ("bob", "eve")[: hold.quorum] if hold.kind is Kind.HOLD else ():
            hold = self.desk.vote(hold, name)
        if hold.kind is Kind.ASK:
            hold = self.desk.service.confirm(hold.id, "ada")
        assert hold.state is State.APPROVED
        return hold.id


@pytest.fixture
def place(tmp_path: Path) -> Place:
    desk = Desk(tmp_path)
    desk.service.bench = ByPlace(lambda _cwd: Rulebook(toolbox(), policy()))
    home = tmp_path / "home"
    home.mkdir()
    return Place(desk, home)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_change_before_the_run_voids_the_approval_and_is_told(row: Row, place: Place) -> None:
    place.write(row.files)
    hold_id = place.approved(row.line, row.environ)
    place.write(row.then)
    answer = place.ask(row.line, {**row.environ, **row.then_environ}, "t2")
    assert not answer.released
    assert f"The approval of {hold_id} is void" in answer.text
    assert row.told in answer.text.splitlines()[0]
    assert "hunter" not in answer.text


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_without_a_change_it_runs_once(row: Row, place: Place) -> None:
    place.write(row.files)
    place.approved(row.line, row.environ)
    assert place.ask(row.line, row.environ, "t2").released
    assert not place.ask(row.line, row.environ, "t3").released


def test_what_the_call_does_not_depend_on_may_change(place: Place) -> None:
    line = f"cd {place.home} && {EMPTY}"
    place.approved(line, PROD)
    place.write({"other.txt": "x"})
    assert place.ask(line, {**PROD, "EDITOR": "vi"}, "t2").released


DROPS = "psql -c 'DROP TABLE x'"
PG_PATH = {**PG, "PATH": "/usr/bin:/bin"}
SNAPSHOT = """# Snapshot file
unalias -a 2>/dev/null || true
alias ll='ls -l'
function grep {
  command grep --color "$@"
}
export PATH=/usr/bin:/bin
"""


def test_a_start_up_file_that_the_shell_has_by_now_keeps_the_approval_where_it_changes_nothing(place: Place) -> None:
    hold_id = place.approved(DROPS, PG_PATH)
    place.write({"snapshot": SNAPSHOT})
    answers = [place.ask(DROPS, PG_PATH, use, first="snapshot") for use in ("t2", "t2", "t3")]
    assert [answer.released for answer in answers] == [True, True, False]
    assert [answer.hold.id == hold_id for answer in answers if answer.hold] == [True, True, False]


def test_a_start_up_file_that_the_shell_has_by_now_joins_the_same_hold(place: Place) -> None:
    place.write({"snapshot": SNAPSHOT})
    before, after = (place.ask(DROPS, PG_PATH, first=first).hold for first in ("", "snapshot"))
    assert before is not None
    assert after == before


TURNS = {
    "an alias": "alias psql='psql -h prod-2.example'",
    "a function": 'psql() { command psql "$@"; /opt/telemetry; }',
    "a variable": "export PGHOST=prod-2.example",
    "a variable that decides nothing": "export PGPORT=${PGPORT:-6000}",
    "another PATH": "export PATH=/opt/bin:$PATH",
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS.keys())
def test_a_start_up_file_that_turns_the_line_into_another_voids_the_approval(turn: str, place: Place) -> None:
    hold_id = place.approved(DROPS, PG_PATH)
    place.write({"snapshot": f"{SNAPSHOT}{turn}\n"})
    answer = place.ask(DROPS, PG_PATH, "t2", first="snapshot")
    assert not answer.released
    assert f"The approval of {hold_id} is void" in answer.text


def test_a_start_up_file_that_was_there_may_not_change(place: Place) -> None:
    place.write({"snapshot": SNAPSHOT})
    hold = place.ask(DROPS, PG_PATH, first="snapshot").hold
    assert hold is not None
    place.desk.vote(hold, "bob")
    place.write({"snapshot": f"{SNAPSHOT}:\n"})
    assert "start-up file 1 was rewritten" in place.ask(DROPS, PG_PATH, "t2", first="snapshot").text


def test_further_files_than_anybody_reads_are_bound_as_well(place: Place) -> None:
    names = [f"m{number:03}.yaml" for number in range(220)]
    place.write(dict.fromkeys(names, "a"))
    line = "kubectl delete " + " ".join(f"-f {name}" for name in names)
    place.approved(line, {})
    place.write({names[-1]: "b"})
    assert "the further files it names was rewritten" in place.ask(line, {}, "t2").text
