"""Files that come with a hostile checkout cost little and crash nothing."""

import time
from collections.abc import Callable

import pytest

from agentguard.parse.documents import yaml_of
from agentguard.policy.names import shipped_names
from agentguard.resolve.configuration import dotenv, ini
from agentguard.resolve.connection import of_text
from agentguard.resolve.postgres import parameters
from agentguard.resolve.terraform import _blocks, _settings
from agentguard.resolve.tier import tier_of, words_of
from tests.resolve.where import where

MANY = 200_000
SECONDS = 6.0  # CPU of ten texts by one reader; what is quadratic takes minutes
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


def _read_each(read: Callable[[bytes], object]) -> None:
    for sign in (b" ", b"\n", b"\t", b"a", b"=", b"a ", b'"', b"{", b'provider "x" {\n', b"a='"):
        read(sign * (MANY // len(sign)))


READERS = [
    dotenv,
    _settings,
    _blocks,
    lambda data: parameters(data.decode()),
    lambda data: of_text("x", data.decode()),
    lambda data: words_of(data.decode()),
    lambda data: tier_of(shipped_names(), "host", data.decode()),
    lambda data: ini(b"[a]\nx = " + data.replace(b"\n", b" ").replace(b"[", b""), ("x",)),
]


@pytest.mark.parametrize("read", READERS)
def test_reading_is_linear(read: Callable[[bytes], object]):
    begun = time.process_time()
    _read_each(read)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("text", ["[" * MANY + "]" * MANY, "- " * MANY, MERGES])
def test_yaml_that_would_exhaust_its_loader_does_not_parse(text: str):
    with pytest.raises(ValueError, match=r"levels or|flow|block"):
        yaml_of(text.encode())


def test_an_ssh_configuration_that_includes_itself_is_read_once():
    files = {f"~/.ssh/conf.d/{n}": "Include conf.d/*\nHost web\n HostName web.prod.example.com\n" for n in range(9)}
    assert where("ssh", "ssh web x", files={**files, "~/.ssh/config": "Include conf.d/*\n"}).tier == "prod"


def test_a_profile_may_lend_from_itself():
    files = {"~/.aws/config": "[profile a]\nsource_profile = b\n[profile b]\nsource_profile = a\n"}
    assert where("aws", "aws --profile a s3 rb s3://x", files=files).tier == "unknown"
