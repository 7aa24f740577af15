"""One machine for all tests of this folder: a broker takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shell_wrapper.stage import Stage


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("w"))
    yield made
    made.close()


@pytest.fixture
def stage(machine: Stage) -> Stage:
    """The machine, with nothing called yet."""
    machine.called()
    return machine
