"""`make demo`: the whole line as a story, with a real PostgreSQL, a real hook event and broker, two persons and keys.

It ends with 0 only where every step ended as told. With `--interactive` the reader is the second person, and approves
from another terminal.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
import tempfile
import textwrap
from contextlib import closing
from pathlib import Path

from agentguard.cli import terminal
from agentguard.cli.card import challenge
from agentguard.model.errors import Exit
from examples.demo.postgres import postgres
from examples.demo.world import AGENTGUARD, APPROVER, Agent, World, a_world, held

ROWS = 48_211
WIDTH = 78


def main() -> None:
    """Tell the story, and clean up whatever comes of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(Exit.ERROR))  # as Ctrl-C: broker and server are ended too
    with tempfile.TemporaryDirectory(prefix="agentguard-", dir="/tmp") as scratch:  # short: a socket's path is limited
        folder = Path(scratch)
        (folder / "postgres").mkdir()
        folder.chmod(0o711)
        with postgres(folder / "postgres") as server:
            server.sql("create database shop")
            server.sql(f"create table orders as select generate_series(1, {ROWS}) as id", "shop")
            with a_world(folder / "home", server) as world:
                tell(world, interactive="--interactive" in sys.argv)


def tell(world: World, *, interactive: bool) -> None:
    """The story, step by step."""
    agent, server = Agent(world), world.server
    drop = f"psql -h {server.host} -p {server.port} -d shop -c 'DROP TABLE orders'"
    say(
        f"Ada works with a coding agent. The production database of her shop listens on {server.host}:{server.port}; "
        f"her environments.toml says so. Its table orders has {rows(world)} rows. The agent tidies up and wants to run:"
    )
    quote(drop)
    first = is_stopped(agent, drop)
    say(f"Ada cannot approve it: she asked. Bo can. This is the card he gets (`agentguard show {first}`):")
    quote(world.guard("show", first), mark="")
    approve(world, first, interactive=interactive)
    check(rows(world) == str(ROWS), "an approval alone may run nothing")
    runs_once(world, agent, drop, first)
    on_sqlite(world, agent)
    the_log(world)
    say("That is the whole line. README.md says how to set it up for yourself.")


def is_stopped(agent: Agent, command: str) -> str:
    """The hook stops the command; the id of the hold."""
    reply = agent.wants(command)
    check(not reply.passed, "the first call should be held")
    say("Its hook stops that. Nothing has run, and the agent is told:")
    quote(reply.told)
    return held(reply.told)


def runs_once(world: World, agent: Agent, command: str, first: str) -> None:
    """Asked again the call passes, and then never more."""
    say("The agent asks again, with the same command to the letter. Now it passes, and runs:")
    reply = agent.wants(command)
    check(reply.passed, f"the approved call should pass, and the agent was told: {reply.told}")
    quote(reply.told)
    check(not rows(world), "the table should be gone")
    say("The table is gone. The approval was for that one run; asked once more, the agent is stopped again:")
    reply = agent.wants(command)
    check(not reply.passed and held(reply.told) != first, "the third call should be held anew")
    quote(reply.told.splitlines()[0])


def approve(world: World, hold_id: str, *, interactive: bool) -> None:
    """Bo says yes: the reader does, in a second terminal, or the demo types for him."""
    words = ["approve", hold_id, "--as", APPROVER, "--key", str(world.key(APPROVER))]
    asked = challenge(world.hold(hold_id))
    if interactive:
        say("You are Bo. Open a second terminal and run this; the demo waits for you.")
        quote(f'env -i HOME={world.home} PATH="$PATH" TERM="$TERM" {AGENTGUARD} {" ".join(words)}', mark="")
        world.wait(hold_id)
        return
    say(f"He reads it. To say yes he types {asked.asks}, `{asked.answer}`; his SSH key signs the vote.")
    quote(f"agentguard approve {hold_id}")
    world.guard(*words, stdin=f"{asked.answer}\n")


def on_sqlite(world: World, agent: Agent) -> None:
    """The same statement where it is only Ada's to lose."""
    with closing(sqlite3.connect(world.checkout / "dev.db")) as database:
        database.execute("create table orders (id integer)")
    reply = agent.wants("sqlite3 dev.db 'DROP TABLE orders'")
    check(not reply.passed, "a local table should be asked about")
    say("The same statement on a SQLite file in Ada's own checkout takes no second person. The agent must ask Ada:")
    quote(reply.told.splitlines()[0])


def the_log(world: World) -> None:
    """The log proves it, and a changed byte shows."""
    say("Every step stands in the audit log, written before it took effect (`agentguard log tail`, then `verify`):")
    quote(world.guard("log", "tail", "-n", "5"), mark="")
    quote(world.guard("log", "verify"))
    path = next(world.home.rglob("*.jsonl"))
    whole = path.read_bytes()
    at = whole.index(b"DROP TABLE orders")
    path.write_bytes(whole[:at] + b"d" + whole[at + 1 :])
    say("Somebody changes one byte of it, to make the record say `dROP TABLE orders`:")
    quote(world.guard("log", "verify", expect=Exit.TAMPERED))
    path.write_bytes(whole)


def rows(world: World) -> str:
    """How many rows the table has; empty where it is not there."""
    found = world.server.sql("select to_regclass('orders') is not null", "shop") == "t"
    return world.server.sql("select count(*) from orders", "shop") if found else ""


def say(text: str) -> None:
    """A sentence of the story."""
    terminal.answer(f"\n{textwrap.fill(text, WIDTH, break_on_hyphens=False, break_long_words=False)}\n")


def quote(text: str, mark: str = "    ") -> None:
    """What a program said, as it said it."""
    terminal.answer(textwrap.indent(text.rstrip(), mark))


def check(holds: bool, told: str) -> None:
    """End the demo where it does not go as told."""
    if not holds:
        raise SystemExit(f"demo: {told}")


if __name__ == "__main__":
    main()
