"""The store in one SQLite file, or in memory.

Promises: a committed change is on the disk (WAL with synchronous FULL); changes of several processes come one after the
other (BEGIN IMMEDIATE takes the write lock before anything is read); the file is 0600 from its first byte.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from sqlalchemy import Connection, Engine, create_engine, event, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from agentguard.model.record import Head
from agentguard.store import StoreError
from agentguard.store.core import SqlChange, check_version
from agentguard.store.schema import META, METADATA

MEMORY = ":memory:"
BUSY_MS = 5_000  # how long to wait for another process's change; one takes milliseconds
PRAGMAS = ("journal_mode=WAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "synchronous=FULL")


class SqliteStore:
    """A `Store` at `path`; `:memory:` lives as long as the value."""

    def __init__(self, path: Path | str) -> None:
        self.place = str(path)
        self._lock = RLock()  # one connection serves all threads of a process
        try:
            self._engine = _engine(self.place)
            self._connection = self._engine.connect()
        except (SQLAlchemyError, OSError) as error:
            raise self._failed(error) from error
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """Begin a new store, or refuse one that is not ours to read."""
        with self._begun("BEGIN IMMEDIATE"):
            META.create(self._connection, checkfirst=True)
            check_version(self._connection, self.place)
            METADATA.create_all(self._connection)

    @contextmanager
    def read(self) -> Iterator[SqlChange]:
        with self._begun("BEGIN"):
            yield SqlChange(self._connection)

    @contextmanager
    def change(self) -> Iterator[SqlChange]:
        with self._begun("BEGIN IMMEDIATE"):
            yield SqlChange(self._connection)

    def witness(self, head: Head) -> None:
        with self._lock, self._synchronous("NORMAL"), self._begun("BEGIN IMMEDIATE"):
            older = META.c.head_number < head.number
            self._connection.execute(update(META).where(older).values(head_number=head.number, head_hash=head.hash))

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._engine.dispose()

    @contextmanager
    def _begun(self, begin: str) -> Iterator[None]:
        """One transaction; what the block raises undoes it."""
        with self._lock:
            try:
                self._connection.exec_driver_sql(begin)
                try:
                    yield
                    self._connection.exec_driver_sql("COMMIT")
                except BaseException:
                    self._undo()
                    raise
            except SQLAlchemyError as error:
                raise self._failed(error) from error

    def _undo(self) -> None:
        """Roll back, where the failure has not done so already."""
        driver = self._connection.connection.driver_connection
        if driver is not None and driver.in_transaction:
            self._connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def _synchronous(self, mode: str) -> Iterator[None]:
        """Commits inside the block wait for the disk as `mode` says."""
        self._connection.exec_driver_sql(f"PRAGMA synchronous={mode}")
        try:
            yield
        finally:
            self._connection.exec_driver_sql("PRAGMA synchronous=FULL")

    def _failed(self, error: Exception) -> StoreError:
        why = str(getattr(error, "orig", None) or error)
        return StoreError(f"the store failed ({why})", place=self.place, hint="nothing is allowed until it works")


def _engine(place: str) -> Engine:
    if place != MEMORY:
        os.close(os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = create_engine(
        f"sqlite:///{place}" if place != MEMORY else "sqlite://",
        isolation_level="AUTOCOMMIT",  # transactions are begun by hand, with the lock they need
        poolclass=NullPool if place != MEMORY else StaticPool,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Connection, _record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[call-overload]  # the driver's own connection takes text
