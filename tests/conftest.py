"""Scratch directories with short paths: a Unix socket's path may have 103 bytes, and some systems' own take half."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

SHORT = "/tmp"


def pytest_configure(config: pytest.Config) -> None:
    if config.option.basetemp is None and not hasattr(config, "workerinput"):  # a worker gets one below its starter's
        config.option.basetemp = tempfile.mkdtemp(prefix="ag-", dir=SHORT)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("t")
