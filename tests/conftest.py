"""Scratch directories with short paths, and no process left behind in them.

Short, since a Unix socket's path may have 103 bytes, and some systems' own directory for scratch takes half of that.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from types import FrameType

import psutil
import pytest

SHORT = "/tmp"
PATIENCE = 10.0  # seconds that a broker may take to leave


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, _interrupted)
    if config.option.basetemp is None:  # a worker has one, below its starter's
        config.option.basetemp = tempfile.mkdtemp(prefix="ag-", dir=SHORT)
        config.add_cleanup(lambda: _clean(config.option.basetemp))


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    """A polite end is as good as Ctrl-C: what the tests have started is stopped."""
    raise KeyboardInterrupt


def _clean(scratch: str) -> None:
    """End brokers that a test which was broken off has left; their command lines name the directory."""
    left = [process for process in psutil.process_iter() if _serves_in(process, f"{scratch}/")]
    for process in left:
        process.terminate()
    psutil.wait_procs(left, PATIENCE)
    shutil.rmtree(scratch, ignore_errors=True)


def _serves_in(process: psutil.Process, folder: str) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return "serve" in words and any(word.startswith(folder) for word in words)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("t")
