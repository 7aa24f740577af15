"""Two persons on two machines: two scratch homes, real keys, and a broker in the first home alone."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from subprocess import PIPE

import pytest

from agentguard.audit.binding import bound_digest
from agentguard.broker.case import card_of
from agentguard.broker.tickets import Signed, Ticket, ballot_of, ticket_in, ticket_of, value_in
from agentguard.cli import main
from agentguard.cli.card import challenge
from agentguard.cli.pasted import Form, unwrapped, wrapped
from agentguard.cli.voting import became
from agentguard.model.errors import Exit
from agentguard.model.hold import Decision, Hold, State, Vote
from agentguard.model.record import Head, canonical, digest, to_record
from examples.demo.postgres import Server
from examples.demo.world import AGENTGUARD, APPROVER, Agent, World, a_world, held
from tests.cli.holds import HOLD, NOW

NOWHERE = Server(Path("/usr/bin"), 1)  # claimed as production; nothing listens there
SECRET = "hunter2-Bq81"
BALLOT = ballot_of(ticket_of(HOLD, Head()), Decision.YES, "", "Bo")
YES = Vote(BALLOT, "", "", "", hardware=False, at=NOW)


@dataclass(frozen=True)
class Away:
    """The machine of the second person: a home of its own, with their key and nothing of the first one's."""

    home: Path

    def votes(self, *words: str, typed: str, key: str = APPROVER) -> tuple[int, str, str]:
        """How `approve` or `deny` ended there, what it answered, and what it said."""
        line = [AGENTGUARD, *words, "--as", APPROVER, "--key", str(self.home / ".ssh" / key)]
        bare = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb"}
        done = subprocess.run(line, input=typed, capture_output=True, text=True, check=False, env=bare, cwd=self.home)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("w") / "home", NOWHERE) as made:
        yield made


@pytest.fixture(scope="module")
def away(world: World, tmp_path_factory: pytest.TempPathFactory) -> Away:
    home = tmp_path_factory.mktemp("away")
    (home / ".ssh").mkdir(mode=0o700)
    world.key(APPROVER).rename(home / ".ssh" / APPROVER)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / ".ssh" / "other")], check=True)
    return Away(home)


def asked_for(world: World, table: str) -> str:
    reply = Agent(world).wants(drop(table))
    assert not reply.passed
    return held(reply.told)


def drop(table: str) -> str:
    return f"PGPASSWORD={SECRET} psql -h {NOWHERE.host} -p {NOWHERE.port} -c 'DROP TABLE {table}'"


def word(world: World, hold_id: str) -> str:
    return challenge(world.hold(hold_id)).answer + "\n"


def took(world: World, answer: str) -> tuple[int, str]:
    """How `vote` ended on the first machine, and what it said."""
    line, env = [AGENTGUARD, "vote"], world.environment
    done = subprocess.run(line, input=answer, capture_output=True, text=True, check=False, env=env)
    return done.returncode, done.stderr


def test_a_yes_goes_there_and_back_and_is_good_for_one_run(world: World, away: Away):
    hold_id = asked_for(world, "approved")
    ticket = world.guard("ticket", hold_id)
    assert SECRET.encode() not in unwrapped(Form.TICKET, ticket)
    code, answer, _ = away.votes("approve", "--ticket", typed=ticket + word(world, hold_id))
    assert code == Exit.DONE
    assert "DROP TABLE approved" in answer  # the card
    assert not list(away.home.rglob("broker*"))  # nobody there was asked
    assert world.hold(hold_id).state is State.HELD  # and nothing here knows of it yet
    code, said = took(world, f"here you are:\n{answer}")
    assert (code, "may run once, unchanged" in said) == (Exit.DONE, True)
    assert Agent(world).wants(drop("approved")).passed
    code, said = took(world, answer)  # replayed
    assert (code, "already" in said) == (Exit.BLOCKED, True)
    assert "intact" in world.guard("log", "verify")


def test_the_card_there_is_the_card_here(world: World, away: Away, tmp_path: Path):
    hold_id = asked_for(world, "seen")
    (tmp_path / "ticket").write_text(world.guard("ticket", hold_id))
    code, there, said = away.votes("approve", "--ticket", str(tmp_path / "ticket"), typed="yes\n")
    assert (code, "nothing was approved" in said, "AGENTGUARD" in there) == (Exit.BLOCKED, True, False)
    here = world.guard("show", hold_id)
    assert there.splitlines()[2:] == here.splitlines()[2:]  # but for the ages in the second line
    assert there.splitlines()[0] == here.splitlines()[0]


def test_a_no_goes_there_and_back_with_its_reason(world: World, away: Away):
    hold_id = asked_for(world, "denied")
    words = ("deny", "--reason", "not on a Friday", "--ticket")
    code, answer, _ = away.votes(*words, typed=world.guard("ticket", hold_id))
    assert (code, world.hold(hold_id).state) == (Exit.DONE, State.HELD)
    code, said = took(world, answer)
    assert (code, "is denied" in said) == (Exit.DONE, True)
    assert "not on a Friday" in world.guard("wait", hold_id, expect=Exit.BLOCKED)


def test_an_answer_counts_only_as_it_was_signed_by_whom_it_names(world: World, away: Away):
    hold_id = asked_for(world, "refused")
    ticket, words = world.guard("ticket", hold_id), ("deny", "--reason", "no", "--ticket")
    _, strangers, _ = away.votes(*words, typed=ticket, key="other")
    code, said = took(world, strangers)
    assert (code, "does not count" in said) == (Exit.BLOCKED, True)
    _, answer, _ = away.votes(*words, typed=ticket)
    signed = value_in(Signed, unwrapped(Form.ANSWER, answer))
    turned = Signed(signed.body.replace('"decision":"no"', '"decision":"yes"'), signed.signature)
    assert turned != signed
    code, said = took(world, wrapped(Form.ANSWER, hold_id, canonical(to_record(turned))))
    assert (code, "does not count" in said) == (Exit.BLOCKED, True)
    assert world.hold(hold_id).state is State.HELD


def test_a_yes_to_a_card_that_was_dressed_up_on_its_way_is_refused(world: World, away: Away):
    hold_id = asked_for(world, "dressed_up")
    real = ticket_in(unwrapped(Form.TICKET, world.guard("ticket", hold_id)), 0)
    hold = replace(real.hold, consequence="Reads a table.")
    forged = to_record(Ticket(hold, digest(card_of(hold)), real.head))
    text = wrapped(Form.TICKET, hold_id, canonical(forged)) + "\n"
    code, answer, _ = away.votes("approve", "--ticket", typed=text + challenge(hold).answer)
    assert (code, "Reads a table." in answer) == (Exit.DONE, True)
    code, said = took(world, answer)
    assert (code, "a card that says something else" in said) == (Exit.BLOCKED, True)
    assert world.hold(hold_id).state is State.HELD


def test_what_is_pasted_behind_a_ticket_answers_no_question(world: World, away: Away):
    hold_id = asked_for(world, "at_a_terminal")
    typed, screen = pty.openpty()
    os.write(typed, f"{world.guard('ticket', hold_id)}\n\n".encode())
    line = [AGENTGUARD, "approve", "--ticket", "--as", APPROVER, "--key", str(away.home / ".ssh" / APPROVER)]
    with subprocess.Popen(line, stdin=screen, stdout=PIPE, stderr=PIPE, env={"HOME": str(away.home)}) as asks:
        assert asks.stderr
        said = b""
        while not said.endswith(b"> "):
            said += os.read(asks.stderr.fileno(), 4096) or b"(it ended)> "
        os.write(typed, word(world, hold_id).encode())
        answer, _ = asks.communicate()
    os.close(typed)
    os.close(screen)
    assert (asks.returncode, b"AGENTGUARD ANSWER" in answer) == (Exit.DONE, True)


@pytest.fixture
def here(away: Away, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Who votes, for commands of the second person that are run in this very process."""
    monkeypatch.setattr("os.environ", {"HOME": str(away.home), "PATH": "/usr/bin:/bin"})
    return ("--as", APPROVER, "--key", str(away.home / ".ssh" / APPROVER))


def test_a_hold_that_needs_hardware_gets_no_answer_from_another_key(
    here: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    hold = replace(HOLD, plan=bound_digest(HOLD.record, HOLD.policy), hardware=True, expires=1 << 52)
    ticket = ticket_of(hold, Head(1, "e5" * 32))
    (tmp_path / "ticket").write_text(wrapped(Form.TICKET, hold.id, canonical(to_record(ticket))))
    monkeypatch.setattr("sys.stdin", StringIO(challenge(hold).answer + "\n"))
    assert main.run(["approve", "--ticket", str(tmp_path / "ticket"), *here]) == Exit.BLOCKED
    told = capsys.readouterr()
    assert "in hardware" in told.err
    assert "AGENTGUARD ANSWER" not in told.out


@pytest.mark.parametrize("words", [("approve",), ("approve", "ag-aaaaaaaaaa", "--ticket", "-")])
def test_a_vote_is_on_an_id_or_on_a_ticket(here: tuple[str, ...], words: tuple[str, ...]):
    assert main.run([*words, *here]) == Exit.USAGE


@pytest.mark.parametrize("words", [("approve", "--ticket"), ("deny", "--reason", "x", "--ticket"), ("vote",)])
def test_no_agent_votes_by_ticket(
    here: tuple[str, ...], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(os.environ, "CLAUDECODE", "1")
    me = here if words != ("vote",) else ()
    assert main.run([*words, *me]) == Exit.BLOCKED
    assert "belongs to an agent" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["agentguard vote answer.txt", "agentguard approve --ticket ticket.txt"])
def test_the_hook_lets_no_agent_try(world: World, line: str):
    assert Agent(world).wants(line).told.startswith("BLOCKED")


@pytest.mark.parametrize(
    ("hold", "said"),
    [
        (replace(HOLD, state=State.APPROVED, approved_until=NOW + 900_000, votes=(YES,)), "within 15 min"),
        (replace(HOLD, state=State.DENIED), "is denied: nothing has run"),
        (replace(HOLD, quorum=2, votes=(YES,)), "has 1 of 2"),
    ],
)
def test_what_became_of_a_hold_is_said(hold: Hold, said: str):
    assert said in became(hold)
