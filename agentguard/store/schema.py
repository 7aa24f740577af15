"""The tables, one schema for every store.

A hold is one row: its record as canonical JSON, and beside it the columns that are asked for. What must hold whatever
the code does is said here: one yes a person and hold, one receipt a hold.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

VERSION = 1

METADATA = MetaData()

HOLDS = Table(
    "holds",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("session", String(256), nullable=False),
    Column("seal", String(64), nullable=False),
    Column("os_user", String(256), nullable=False),
    Column("agent", String(64), nullable=False),
    Column("record", Text, nullable=False),  # the Hold without its votes
    Index("holds_by_state", "state", "deadline"),
    Index("holds_by_call", "seal", "os_user", "agent", "created"),
)

VOTES = Table(
    "votes",
    METADATA,
    Column("hold", String(16), ForeignKey("holds.id"), primary_key=True),
    Column("person", String(256), primary_key=True),
    Column("decision", String(8), primary_key=True),  # who said yes may still say no
    Column("place", Integer, nullable=False),  # its place among the votes of the hold
    Column("entry", BigInteger, nullable=False),  # the log entry that the voter saw, and its hash
    Column("head", String(64), nullable=False),
    Column("record", Text, nullable=False),
)

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("hold", String(16), ForeignKey("holds.id"), primary_key=True),
    Column("tool_use_id", String(256), nullable=False),
    Column("session", String(256), nullable=False),
    Column("plan", String(64), nullable=False),
    Column("spent", BigInteger, nullable=False),
    Index("receipts_by_tool_use", "tool_use_id", "spent"),
)

TRIES = Table(
    "tries",
    METADATA,
    Column("session", String(256), primary_key=True),
    Column("plan", String(64), primary_key=True),
    Column("refused", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("last", Text, nullable=False),  # what came of the last one, in words
    Column("at", BigInteger, nullable=False),
)

META = Table(
    "meta",
    METADATA,
    Column("only", Integer, primary_key=True),  # always 1
    Column("version", Integer, nullable=False),
    Column("head_number", BigInteger, nullable=False),
    Column("head_hash", String(64), nullable=False),
)
