"""How a person's decision becomes a signed vote. The order is the security: look, type, check the ballot, sign, send.

Promises: what is signed names the plan whose card was on the screen, this person's own decision, and nothing else; a
ballot from the broker that says anything different is not signed. Refuses a yes from anybody who has not typed what the
card asks for.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from agentguard.broker.api import Broker
from agentguard.broker.case import card_of
from agentguard.broker.places import Places
from agentguard.broker.signatures import sign
from agentguard.cli import terminal
from agentguard.cli.card import Challenge, span
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.persons import Identity, identity, signing_key
from agentguard.model.errors import AgentguardError, Exit
from agentguard.model.hold import Ballot, Decision, Hold, State
from agentguard.model.record import digest, from_record

FILE = click.Path(path_type=Path)


class NotSaidError(AgentguardError):
    """The person did not say yes; nothing was signed."""

    exit = Exit.BLOCKED


def voter(places: Places, name: str | None, key: Path | None) -> Identity:
    """Who votes here: what the options say, else what `init` wrote down. Raises AgentguardError where neither does."""
    if name and key:
        return Identity(name, signing_key(key.expanduser()))
    me = identity(places)
    if me is None:
        raise AgentguardError("who are you?", hint="run `agentguard init`, or give `--as NAME --key FILE`")
    return Identity(name or me.name, signing_key(key.expanduser()) if key else me.key)


def as_voter(name_of_command: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command `--as` and `--key`; after the Places it gets the Identity they name. No agent gets that far."""

    def give(command: Callable[..., int]) -> Callable[..., int]:
        @click.option("--as", "name", help="The name you are listed under, where `init` was not run.")
        @click.option("--key", type=FILE, help="The SSH key to sign with, where `init` was not run.")
        @functools.wraps(command)
        def voting(places: Places, name: str | None, key: Path | None, **options: object) -> int:
            refuse_inside_agent(name_of_command, os.environ)
            return command(places, voter(places, name, key), **options)

        return voting

    return give


def may_vote(guard: Broker, hold: Hold, me: Identity, reason: str) -> None:
    """Nobody reads a card to its end to be told that their yes does not count. Raises Refused with the reason."""
    guard.ballot(hold.id, Decision.YES, reason, me.name, digest(card_of(hold)))


def typed(wanted: Challenge) -> None:
    """Have the person type something from the card. Raises NotSaidError for anything else, silence included."""
    terminal.say(f"\nTo say yes, type {wanted.asks}. Anything else is a no.")
    said = terminal.ask(">")
    if said.strip() != wanted.answer:
        raise NotSaidError("that is not what the card says: nothing was approved", hint="read it again with `show`")


def cast(guard: Broker, hold: Hold, me: Identity, decision: Decision, reason: str) -> Hold:
    """Sign this decision over what was shown, and hand it in. Returns the hold as it stands then."""
    card = digest(card_of(hold))  # of what was on the screen, not of what the broker may say now
    body = guard.ballot(hold.id, decision, reason, me.name, card)
    ballot = from_record(Ballot, json.loads(body))
    mine = replace(
        ballot, hold=hold.id, nonce=hold.nonce, plan=hold.plan, policy=hold.policy, decision=decision, card=card
    )
    if ballot.reason != reason:
        raise AgentguardError("the reason holds what looks like a secret", hint="say it without")
    if ballot != replace(mine, person=me.name):
        raise AgentguardError("the broker asked for a signature over something else", hint="tell whoever runs it")
    return guard.vote(hold.id, body, sign(body, me.key))


def became(hold: Hold) -> str:
    """What became of a hold by a vote that counted."""
    if hold.state is State.APPROVED:
        left = hold.approved_until - max(vote.at for vote in hold.votes)
        return f"{hold.id} is approved: it may run once, unchanged, within {span(left)}."
    if hold.state is State.DENIED:
        return f"{hold.id} is denied: nothing has run, and the agent is told why."
    yes = sum(vote.ballot.decision is Decision.YES for vote in hold.votes)
    return f"{hold.id} has {yes} of {hold.quorum}."
