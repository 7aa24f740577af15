"""Texts that go through a chat: what arrives whole, and what is said of what does not."""

from __future__ import annotations

import base64
import os
import zlib

import pytest

from agentguard.cli import pasted
from agentguard.cli.pasted import COLUMNS, Form, unwrapped, wrapped
from agentguard.model.errors import AgentguardError

ID, OTHER = "ag-k3v9m2x7qa", "ag-aaaaaaaaaa"
DATA = base64.b64encode(os.urandom(600))
TEXT = wrapped(Form.TICKET, ID, DATA)
LINES = TEXT.split("\n")
ELSE = wrapped(Form.TICKET, OTHER, DATA[::-1])


def test_the_first_line_tells_form_version_and_hold_and_no_line_is_long():
    assert LINES[0] == f"AGENTGUARD TICKET 1 {ID}"
    assert len(LINES) > 4
    assert max(map(len, LINES)) == COLUMNS


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT + "\n\n",
        f"can you look at this?\n```\n{TEXT}\n```\nthanks -- ada",
        "\n".join(f"> {line}" for line in LINES),
        "\n\n".join(f"  {line}\t" for line in LINES),
        TEXT.replace("\n", "\r\n"),
        "\n".join([LINES[0], *(line[:40] + "\u00a0\n" + line[40:] for line in LINES[1:-1]), LINES[-1]]),
    ],
)
def test_what_a_chat_does_to_a_text_does_no_harm(text: str):
    assert unwrapped(Form.TICKET, text) == DATA


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "none is in this text"),
        ("hello", "none is in this text"),
        ("\n".join(LINES[1:]), "none is in this text"),
        ("\n".join(LINES[:-1]), "its end is missing"),
        (TEXT[:-1], "its end is missing"),
        ("\n".join([*LINES[:2], *LINES[3:]]), "its checksum does not fit"),
        ("\n".join([LINES[0], LINES[2], LINES[1], *LINES[3:]]), "its checksum does not fit"),
        (TEXT.replace(LINES[2], LINES[2].swapcase()), "its checksum does not fit"),
        (TEXT.replace(ID, OTHER), "its checksum does not fit"),
        ("\n".join([*LINES[:3], *ELSE.split("\n")[3:]]), "its checksum does not fit"),
        ("\n".join([*LINES[:3], "bo wrote at 10", *LINES[3:]]), "its checksum does not fit"),
        (TEXT + "\n" + ELSE, "there are 2 texts here"),
        (TEXT.replace("TICKET 1", "TICKET 2"), "of version 2"),
        (TEXT.replace("TICKET", "ANSWER"), "`agentguard vote` takes it"),
    ],
)
def test_what_is_not_whole_is_told_apart(text: str, said: str):
    with pytest.raises(AgentguardError) as caught:
        unwrapped(Form.TICKET, text)
    assert said in str(caught.value)


def test_an_answer_is_no_ticket_and_a_ticket_no_answer():
    with pytest.raises(AgentguardError, match="this is no answer"):
        unwrapped(Form.ANSWER, TEXT)
    assert unwrapped(Form.ANSWER, wrapped(Form.ANSWER, ID, DATA)) == DATA


def test_a_small_text_that_unpacks_to_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch):
    bomb = wrapped(Form.TICKET, ID, bytes(1 << 23))
    assert len(bomb) < 1 << 15
    with pytest.raises(AgentguardError, match="longer than any"):
        unwrapped(Form.TICKET, bomb)
    monkeypatch.setattr(zlib, "compress", lambda data, _level: data)
    with pytest.raises(AgentguardError, match="does not unpack"):
        unwrapped(Form.TICKET, wrapped(Form.TICKET, ID, b"not packed"))


def test_no_more_is_read_than_any_text_has():
    with pytest.raises(AgentguardError, match="none is in this text"):
        unwrapped(Form.TICKET, " " * (pasted.LARGEST + 2) + TEXT)
