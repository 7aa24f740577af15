"""The hook's client against brokers that answer well, badly or not at all: only a whole answer lets a call pass."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentguard import __version__
from agentguard.broker import carry

CLIENT = Path(__file__).parents[1] / "agentguard" / "client.py"
EVENT = b'{"tool_name": "Bash"}'


def http(
    status: str = "200 OK", *, exit_: object = 0, output: bytes = b"", error: bytes = b"", length: int = 0
) -> bytes:
    size = len(output) + len(error) + length
    head = f"HTTP/1.1 {status}\r\nguard-exit: {exit_}\r\nguard-stdout: {len(output)}\r\ncontent-length: {size}\r\n\r\n"
    return head.encode() + output + error


@pytest.fixture
def place(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path / "s"


class Answering:
    """A socket that answers every request with the same bytes and keeps what it was sent."""

    def __init__(self, path: Path, answer: Callable[[socket.socket], None]) -> None:
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen(8)
        self.answer = answer
        self.asked: list[bytes] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection:
                self.asked.append(self.request(connection))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a client may have had enough
                    self.answer(connection)

    @staticmethod
    def request(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1 << 16)
        head = data.partition(b"\r\n\r\n")[0].lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(data) < len(head) + 4 + length:
            data += connection.recv(1 << 16)
        return data


@pytest.fixture
def answering(place: Path) -> Iterator[Callable[[bytes], Answering]]:
    made: list[Answering] = []

    def make(answer: bytes | Callable[[socket.socket], None]) -> Answering:
        send = answer if callable(answer) else lambda connection: connection.sendall(answer)
        made.append(Answering(place, send))
        return made[-1]

    yield make
    for one in made:
        one.listening.close()


def ask(
    place: Path, *start: str, event: bytes = EVENT, deadline: int = 5, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-I", "-S", str(CLIENT), str(place), "claude-code", str(deadline), *start]
    return subprocess.run(words, input=event, capture_output=True, env=environ or {}, timeout=20, check=False)


def denied(ended: subprocess.CompletedProcess[bytes]) -> str:
    """The reason of a denial, once all three of its signs are there."""
    assert ended.returncode == 2
    told = json.loads(ended.stdout)["hookSpecificOutput"]
    assert (told["hookEventName"], told["permissionDecision"]) == ("PreToolUse", "deny")
    assert ended.stderr.decode().strip() == told["permissionDecisionReason"]
    return str(told["permissionDecisionReason"])


def test_a_whole_answer_becomes_the_hooks_own(place: Path, answering: Callable[[bytes], Answering]) -> None:
    answering(http(exit_=2, output=b"out\n", error=b"err"))
    ended = ask(place)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"out\n", b"err")


def test_silence_lets_the_call_pass(place: Path, answering: Callable[[bytes], Answering]) -> None:
    answering(http())
    ended = ask(place)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_directory_environment_and_event_arrive_as_they_are(
    place: Path, answering: Callable[[bytes], Answering]
) -> None:
    broker = answering(http())
    ask(place, environ={"PLAIN": "a=b", "LINES": "x\ny", "ODD": "\udcff"}, event=b"\x00\xff event")
    head, _, body = broker.asked[0].partition(b"\r\n\r\n")
    fields = dict(line.split(b": ") for line in head.split(b"\r\n")[1:])
    cwd, variables = int(fields[b"Guard-Cwd"]), int(fields[b"Guard-Environ"])
    assert head.startswith(b"POST /hook/claude-code HTTP/1.1\r\n")
    assert body[:cwd] == os.getcwdb()
    entries = set(body[cwd : cwd + variables].split(b"\0"))
    assert {b"PLAIN=a=b", b"LINES=x\ny", b"ODD=\xff"} <= entries
    assert body[cwd + variables :] == b"\x00\xff event"


BAD_ANSWERS = {
    "no HTTP": b"hello",
    "another status": http("500 Internal Server Error"),
    "a cut body": http(length=1),
    "a cut output": http(output=b'{"hookSpecificOutput": {"hookEventName'),
    "a body too long": http() + b"x",
    "no exit status": b"HTTP/1.1 200 OK\r\nguard-stdout: 0\r\ncontent-length: 0\r\n\r\n",
    "an exit status that lets pass elsewhere": http(exit_=1),
    "an exit status that is no number": http(exit_="zero"),
    "more output than body": b"HTTP/1.1 200 OK\r\nguard-exit: 0\r\nguard-stdout: 9\r\ncontent-length: 0\r\n\r\n",
    "an endless one": http(output=b"x" * (2 << 20)),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_a_broken_answer_denies(answer: bytes, place: Path, answering: Callable[[bytes], Answering]) -> None:
    answering(answer)
    assert "could not be read" in denied(ask(place))


def test_a_broker_that_never_answers_denies_in_time(place: Path, answering: Callable[..., Answering]) -> None:
    over = threading.Event()
    answering(lambda _connection: over.wait(10) and None)
    begun = time.monotonic()
    assert "did not answer in time" in denied(ask(place, deadline=1))
    over.set()
    assert time.monotonic() - begun < 5


def test_a_standard_input_that_never_closes_denies_in_time(place: Path, answering: Callable[..., Answering]) -> None:
    answering(http())
    reading, writing = os.pipe()
    words = [sys.executable, "-I", "-S", str(CLIENT), str(place), "claude-code", "1"]
    ended = subprocess.run(words, stdin=reading, capture_output=True, env={}, timeout=10, check=False)
    os.close(reading)
    os.close(writing)
    assert "in time" in denied(ended)


def test_an_event_over_ten_megabytes_is_denied_and_not_sent(place: Path, answering: Callable[..., Answering]) -> None:
    broker = answering(http())
    assert "over 10 MB" in denied(ask(place, event=b" " * ((10 << 20) + 1)))
    assert not broker.asked


def test_an_event_of_ten_megabytes_is_carried(place: Path, answering: Callable[..., Answering]) -> None:
    broker = answering(http())
    assert ask(place, event=b" " * (10 << 20)).returncode == 0
    assert len(broker.asked[0]) > 10 << 20


class Deaf(Answering):
    """It leaves with the request unread, which resets the connection."""

    @staticmethod
    def request(_connection: socket.socket) -> bytes:
        return b""


@pytest.mark.parametrize("kind", [Answering, Deaf])
def test_a_broker_that_ends_before_it_has_answered_denies(kind: type[Answering], place: Path) -> None:
    broker = kind(place, lambda _connection: None)
    assert "ended before it had answered" in denied(ask(place, event=b" " * (1 << 20)))
    broker.listening.close()


def test_a_directory_that_is_gone_is_told(place: Path, answering: Callable[..., Answering], tmp_path: Path) -> None:
    answering(http())
    gone = tmp_path / "gone"
    gone.mkdir()
    words = [sys.executable, "-I", "-S", str(CLIENT), str(place), "claude-code", "5"]
    line = 'cd "$0" && rmdir "$0" && exec "$@"'
    ended = subprocess.run(
        ["/bin/sh", "-c", line, str(gone), *words], input=EVENT, capture_output=True, env={}, check=False
    )
    assert "the directory it would start in is gone" in denied(ended)


def test_the_clients_version_is_the_packages() -> None:
    assert __version__ == carry.VERSION


def test_without_a_broker_and_without_words_to_start_one_the_call_is_denied(place: Path) -> None:
    assert "agentguard serve" in denied(ask(place))


def test_a_broker_that_cannot_start_denies_with_its_last_words(place: Path) -> None:
    start = (sys.executable, "-I", "-c", "import sys; sys.exit('the policy is broken')")
    assert "the policy is broken" in denied(ask(place, *start))


def test_a_program_that_is_not_there_denies(place: Path) -> None:
    assert "cannot be started" in denied(ask(place, "/nonexistent/agentguard"))


def test_missing_arguments_deny() -> None:
    ended = subprocess.run([sys.executable, "-I", "-S", str(CLIENT)], input=EVENT, capture_output=True, check=False)
    assert "client failed" in denied(ended)


@pytest.mark.parametrize("carry", [None, "def main(: broken", "x = 1", "def main(_): raise SystemExit(0)"])
def test_a_client_that_is_damaged_denies(carry: str | None, tmp_path: Path) -> None:
    client = tmp_path / "client.py"
    client.write_bytes(CLIENT.read_bytes())
    if carry is not None:
        (tmp_path / "broker").mkdir()
        (tmp_path / "broker/carry.py").write_text(carry)
    ended = subprocess.run([sys.executable, "-I", "-S", client], input=EVENT, capture_output=True, check=False)
    assert "install agentguard again" in denied(ended)


def test_a_socket_in_a_directory_others_can_write_is_refused(place: Path, answering: Callable[..., Answering]) -> None:
    broker = answering(http())
    place.parent.chmod(0o770)
    assert "not yours alone" in denied(ask(place))
    assert not broker.asked


def test_nothing_is_started_or_written_in_a_directory_others_can_write(place: Path) -> None:
    place.parent.chmod(0o770)
    assert "not yours alone" in denied(ask(place, sys.executable, "-I", "-c", "pass"))
    assert list(place.parent.iterdir()) == []


def test_without_a_directory_the_call_is_denied_with_the_way_out(tmp_path: Path) -> None:
    assert "agentguard serve" in denied(ask(tmp_path / "absent/s", sys.executable, "-I", "-c", "pass"))


def test_a_file_in_place_of_the_socket_is_refused(place: Path) -> None:
    place.write_text("")
    assert "not a socket of yours" in denied(ask(place))


STARTED = """
    import os, socket, sys
    path, log = sys.argv[1:3]
    with open(log, "a") as told:
        print(sorted(os.environ), os.getcwd(), os.getsid(0) == os.getpid(), file=told)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(50)
    listening.settimeout(2)
    for _ in range(20):
        connection, _ = listening.accept()
        data = b""
        while b"\\r\\n\\r\\n" not in data:
            data += connection.recv(65536)
        connection.sendall(bytes.fromhex(sys.argv[3]))
        connection.close()
"""


def test_many_clients_at_once_start_one_broker_apart_from_themselves(place: Path, tmp_path: Path) -> None:
    program, log = tmp_path / "broker.py", tmp_path / "log"
    program.write_text(textwrap.dedent(STARTED))
    words = [sys.executable, "-I", "-S", str(CLIENT), str(place), "claude-code", "10"]
    words += [sys.executable, "-I", str(program), str(place), str(log), http().hex()]
    clients = [subprocess.Popen(words, stdin=subprocess.DEVNULL, env={"SECRET": "x"}) for _ in range(20)]
    assert [client.wait(15) for client in clients] == [0] * 20
    assert log.read_text() == "['LANG', 'PATH'] / True\n"
