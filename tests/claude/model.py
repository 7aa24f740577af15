"""The model that Claude Code speaks to: dialogues written by a test, told over the Messages API as streamed events.

A dialogue is a generator: it yields what the model wants to use, is sent what the model was told of it, and may look
around and assert in between. Promises: each dialogue gets its own turns, also where a subagent has one of its own; a
request that comes twice is answered twice alike; what fails in a dialogue fails the test. Side calls (titles, topics)
are told apart by the word that begins the prompt of each dialogue, and answered with nothing of interest.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Lock, Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a tool that the model wants."""

    tool: str
    given: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """What the model was told of a use: is it an error, and the text."""

    failed: bool
    text: str


Dialogue = Generator[Use, Told, None]
Block = dict[str, Any]


@dataclass
class Part:
    """One dialogue as it goes: the use that is open, None once it has ended; and what it failed with."""

    word: str
    dialogue: Dialogue
    open: Use | None = field(init=False)
    number: int = 0
    failure: BaseException | None = None

    def __post_init__(self) -> None:
        self.open = next(self.dialogue)

    def turn(self, messages: list[Block]) -> Block:
        """What the model says next."""
        told = next((told for id_, told in _results(messages) if id_ == self._id), None)
        if self.open is not None and told is not None:
            self.number += 1
            self.open = self._next(told)
        if self.open is None:
            return {"type": "text", "text": "done"}
        return {"type": "tool_use", "id": self._id, "name": self.open.tool, "input": self.open.given}

    @property
    def _id(self) -> str:
        return f"toolu_{self.word}_{self.number}"

    def _next(self, told: Told) -> Use | None:
        try:
            return self.dialogue.send(told)
        except StopIteration:
            return None
        except BaseException as failure:  # noqa: BLE001 - an assertion in the server's thread; the test raises it again
            self.failure = failure
            return None


class Model:
    """The parts of one session, by the word each prompt begins with."""

    def __init__(self, dialogues: Mapping[str, Dialogue]) -> None:
        self.parts = [Part(word, dialogue) for word, dialogue in dialogues.items()]
        self._lock = Lock()

    def says(self, asked: Block) -> Block:
        """The answer to one request."""
        prompt = json.dumps(asked["messages"][0])
        with self._lock:
            part = next((part for part in self.parts if part.word in prompt and asked.get("tools")), None)
            return part.turn(asked["messages"]) if part else {"type": "text", "text": "ok"}

    def ended(self, said: str) -> None:
        """Raise what failed in a dialogue, or that one was not told to its end; `said` are the program's last words."""
        for part in self.parts:
            if part.failure:
                raise part.failure
            assert part.open is None, f"{part.word} still waits for {part.open}: {said}"


class Serving(ThreadingHTTPServer):
    """A model on a socket that listens already."""

    daemon_threads = True

    def __init__(self, listening: socket, model: Model) -> None:
        super().__init__(("", 0), Answering, bind_and_activate=False)
        self.socket.close()
        self.socket, self.model = listening, model
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Answering(BaseHTTPRequestHandler):
    """Anthropic's Messages API as far as Claude Code needs it."""

    server: Serving

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "count_tokens" in self.path:
            self._answer("application/json", json.dumps({"input_tokens": 10}).encode())
        else:
            self._answer("text/event-stream", b"".join(_streamed(self.server.model.says(asked))))

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _streamed(block: Block) -> Iterator[bytes]:
    """One message of one block, as its events."""
    used = block["type"] == "tool_use"
    begin, delta = block | {"text": ""}, {"type": "text_delta", "text": block.get("text")}
    if used:
        begin, delta = block | {"input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "msg", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    yield _event("message_start", message=message | {"stop_reason": None})
    yield _event("content_block_start", index=0, content_block=begin)
    yield _event("content_block_delta", index=0, delta=delta)
    yield _event("content_block_stop", index=0)
    yield _event("message_delta", delta={"stop_reason": "tool_use" if used else "end_turn"}, usage={"output_tokens": 1})
    yield _event("message_stop")


def _event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _results(messages: list[Block]) -> Iterator[tuple[str, Told]]:
    """Every tool's result in a request: the id of the use, and what was told."""
    contents = (message["content"] for message in messages if isinstance(message["content"], list))
    for block in (block for content in contents for block in content if block.get("type") == "tool_result"):
        content = block.get("content") or ""
        text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
        yield block["tool_use_id"], Told(bool(block.get("is_error")), text)
