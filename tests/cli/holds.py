"""Held calls as the tests of the commands need them."""

from __future__ import annotations

import dataclasses

from agentguard.model.environment import Tier
from agentguard.model.hold import Asker, HeldCall, HeldEffect, HeldTarget, Hold, Kind

NOW = 1_800_000_000_000
DROP = "psql -h db.prod.example.com -d shop -c 'DROP TABLE orders'"

ORDERS = HeldTarget("sql.table", "orders", "shop", Tier.PROD, ("option -h is db.prod.example.com", "option -d is shop"))
DROPS = HeldEffect(
    verb="drop",
    kind="sql.table",
    objects=("orders",),
    reach="one",
    undo="none",
    whole=False,
    class_="destructive",
    row="sql: drop table",
    because="the rows and everything that depends on them are gone at once",
    targets=(ORDERS,),
)


def record(*parts: str, form: str = "shell", effects: tuple[HeldEffect, ...] = (DROPS,)) -> HeldCall:
    """What is written down of a call."""
    dialect = {"shell": "bash", "sql": "postgres", "write": "edit"}.get(form, "")
    return HeldCall(form, dialect, parts or (DROP,), "5e" * 32, "claude-code", "dev", "/home/dev/shop", effects)


HOLD = Hold(
    id="ag-k3v9m2x7qa",
    kind=Kind.HOLD,
    asker=Asker("dev", person="Ada", agent="claude-code", host="laptop", session="7d0f", cwd="/home/dev/shop"),
    call=DROP,
    plan="c0de" * 16,
    policy="ab" * 32,
    environment="shop",
    tier=Tier.PROD,
    record=record(),
    rule="destroys-prod",
    because="what is lost there is lost for everyone",
    consequence="Drops the table orders in shop (prod); it cannot be undone.",
    safer=("take a dump of the table first: pg_dump -t orders", "rename it, and drop it next week"),
    quorum=1,
    roles=(),
    hardware=False,
    created=NOW - 240_000,
    expires=NOW + 3_360_000,
    nonce="n0",
)


def hold(**changes: object) -> Hold:
    """The hold above with some of it changed."""
    return dataclasses.replace(HOLD, **changes)
