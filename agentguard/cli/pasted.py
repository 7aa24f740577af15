"""Texts that go through a chat: a header line with a version, base64 at 76 columns, an end line with a checksum.

Promises: what was cut, changed or put together from two is told apart from what is whole; text around it, quote marks
and line breaks that a chat adds do no harm. The checksum finds accidents. Against people stand the digests and the
signature inside.
"""

from __future__ import annotations

import base64
import re
import sys
import zlib
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from textwrap import wrap

from agentguard.cli import terminal
from agentguard.model.errors import AgentguardError

VERSION = "1"
COLUMNS = 76
LARGEST = 1 << 22  # bytes, before and after unpacking: a call that can be held is a sixteenth of that
STDIN = "-"
END = "END AGENTGUARD"

_HEAD = re.compile(r"AGENTGUARD (TICKET|ANSWER) (\d{1,4}) (ag-[a-z0-9]{10})\b")
_END = re.compile(rf"{END} (?:TICKET|ANSWER) ([0-9a-f]{{32}})\b")
_FOREIGN = re.compile(r"[^A-Za-z0-9+/=]")


class Form(StrEnum):
    """What such a text is."""

    TICKET = "TICKET"
    ANSWER = "ANSWER"


TAKEN_BY = {
    Form.TICKET: "`agentguard approve --ticket` or `deny --ticket` takes it",
    Form.ANSWER: "`agentguard vote` takes it",
}


def wrapped(form: Form, hold_id: str, data: bytes) -> str:
    """The text that carries `data`, without a line break at its end."""
    packed = zlib.compress(data, 9)
    head = f"AGENTGUARD {form} {VERSION} {hold_id}"
    lines = wrap(base64.b64encode(packed).decode(), COLUMNS)
    return "\n".join((head, *lines, f"{END} {form} {_checksum(head, packed)}"))


def received(form: Form, file: str) -> bytes:
    """What a text in a file, or on standard input for `-`, carries. Raises AgentguardError, OSError."""
    if file != STDIN:
        with Path(file).open(encoding="utf-8", errors="replace") as opened:
            return unwrapped(form, opened.read(LARGEST + 1))
    if sys.stdin.isatty():
        terminal.say(f"Paste the {form.lower()}, down to its last line:")
    return unwrapped(form, terminal.pasted(END, LARGEST))


def unwrapped(form: Form, text: str) -> bytes:
    """What the one text of this form in `text` carries. Raises AgentguardError."""
    heads = list(_HEAD.finditer(text[: LARGEST + 1]))
    if not heads:
        raise _broken(form, "none is in this text", "paste all of it, from its first line to its last")
    if len(heads) > 1:
        raise _broken(form, f"there are {len(heads)} texts here", "paste one at a time")
    head = heads[0]
    if head[1] != form:
        raise _broken(form, f"this is no {form.lower()}", TAKEN_BY[Form(head[1])])
    if head[2] != VERSION:
        raise _broken(form, f"it is of version {head[2]}", "both machines need the same version of agentguard")
    end = _END.search(text, head.end())
    if end is None or len(text) > LARGEST:
        raise _broken(form, "its end is missing", "paste all of it, from its first line to its last")
    return _unpacked(form, head[0], text[head.end() : end.start()], end[1])


def _unpacked(form: Form, head: str, body: str, checksum: str) -> bytes:
    try:
        packed = base64.b64decode(_FOREIGN.sub("", body), validate=True)
    except ValueError:
        packed = b""
    if _checksum(head, packed) != checksum:
        raise _broken(form, "its checksum does not fit", "it was cut or changed on its way: copy it again")
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(packed, LARGEST)
    except zlib.error as error:
        raise _broken(form, "it does not unpack", "ask for a new one") from error
    if not unpacking.eof:
        raise _broken(form, "it is longer than any that agentguard makes", "ask for a new one")
    return data


def _checksum(head: str, packed: bytes) -> str:
    return sha256(head.encode() + b"\n" + packed).hexdigest()[:32]


def _broken(form: Form, problem: str, hint: str) -> AgentguardError:
    return AgentguardError(f"this {form.lower()} cannot be taken: {problem}", hint=hint)
