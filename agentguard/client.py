"""Ask the broker about one tool call: the program that an agent's hook starts.

    python -I -S client.py SOCKET AGENT DEADLINE START…

It promises: the event on its standard input and its whole environment go to the broker on SOCKET, started with the
words START where none answers; the broker's exit status, output and error become its own, within DEADLINE seconds.
It refuses everything else: whatever fails in here is a denial, never silence, because silence lets the call pass.

It must cost about as much as a bare interpreter. So it is one file run by its path, importing nothing that the
interpreter has not loaded by itself but `_socket` (`os` costs 15 % of the whole, `socket` and `json` as much again),
and it takes nothing from its environment for itself.
"""

import _signal
import _socket
import posix
import sys
import time

INPUT_LIMIT = 10 << 20  # bytes of one event: an agent's largest file writes stay far below
ANSWER_LIMIT = 1 << 20  # bytes of one answer
GRACE = 0.02  # seconds between two looks for a broker that is starting
STATUSES = (0, 2)  # what an answer may ask for: let pass (or ask, in the output), deny
SOCKET = 0o140000  # S_IFSOCK, without importing stat for it
DAEMON = {b"PATH": b"/usr/bin:/bin", b"LANG": b"C.UTF-8"}  # the whole environment a broker starts with


class Denied(Exception):
    """The call does not pass; the text says why and what to do, in one sentence."""


def main(arguments):
    """Carry one event to the broker and end this process with its answer; every failure ends it with 2."""
    status = 2
    try:
        path, agent, deadline, *start = arguments
        _signal.signal(_signal.SIGALRM, _late)
        _signal.alarm(int(deadline))  # over everything, a standard input that never closes included
        status, output, error = _ask(path, agent, int(deadline), start)
        _write(1, output)
        _write(2, error)
    except BaseException as failure:  # noqa: BLE001 - the last line of defence: whatever happened, the call must not pass
        status = 2
        _deny(failure)
    finally:
        posix._exit(status)  # noqa: SLF001 - saves the millisecond that tidying up would cost


def _late(*_):
    raise Denied("the broker did not answer in time; see `agentguard status`, then try again")


def _ask(path, agent, deadline, start):
    event = _event()
    connection = _connect(path, start)
    connection.settimeout(deadline)
    where = posix.getcwdb()
    variables = b"\0".join(name + b"=" + value for name, value in posix.environ.items())
    body = b"".join((where, variables, event))
    head = (
        f"POST /hook/{agent} HTTP/1.1\r\nHost: agentguard\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"Guard-Cwd: {len(where)}\r\nGuard-Environ: {len(variables)}\r\n\r\n"
    )
    connection.sendall(head.encode("ascii") + body)
    return _answer(_received(connection))


def _event():
    parts, size = [], 0
    while part := posix.read(0, 1 << 16):
        parts.append(part)
        size += len(part)
        if size > INPUT_LIMIT:
            raise Denied("the call is over 10 MB, more than the guard reads; split it into smaller ones")
    return b"".join(parts)


def _connect(path, start):
    """A connection to the broker that owns `path`; the broker is started where none answers."""
    started = lock = None
    while True:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            _must_be_ours(path)
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
        else:
            return connection
        if started is None:
            lock = _first(path) if lock is None else lock
            started = _start(start) if lock is not None else None
        elif _ended_badly(started):
            raise Denied("the broker cannot be started; run `agentguard serve` in a terminal to see why")
        time.sleep(GRACE)


def _must_be_ours(path):
    """The socket and its directory belong to this user, and nobody else can put another in its place."""
    directory, name = posix.stat(path.rpartition("/")[0] or "/"), posix.lstat(path)
    me = posix.geteuid()
    if directory.st_uid != me or directory.st_mode & 0o022 or name.st_uid != me or name.st_mode & 0o170000 != SOCKET:
        raise Denied(f"{path} is not a socket of yours alone; find out who made it, then remove it")


def _first(path):
    """A lock held by the one client that starts the broker; None while another one does."""
    descriptor = posix.open(path + ".starting", posix.O_RDWR | posix.O_CREAT | posix.O_CLOEXEC, 0o600)
    try:
        posix.lockf(descriptor, posix.F_TLOCK, 0)
    except (BlockingIOError, PermissionError):
        posix.close(descriptor)
        return None
    return descriptor


def _start(words):
    """Start the broker apart from this process: own session, bare environment, no open files of ours."""
    if not words:
        raise Denied("no broker answers; run `agentguard serve`")
    child = posix.fork()
    if child:
        return child
    try:
        posix.setsid()
        posix.chdir("/")
        nothing = posix.open("/dev/null", posix.O_RDWR)
        for descriptor in (0, 1, 2):
            posix.dup2(nothing, descriptor)
        posix.closerange(3, 1024)
        posix.execve(words[0], words, DAEMON)
    finally:
        posix._exit(127)  # noqa: SLF001 - a child that could not become the broker must end here
    return None


def _ended_badly(child):
    ended, status = posix.waitpid(child, posix.WNOHANG)
    return ended != 0 and status != 0


def _received(connection):
    parts, size = [], 0
    while part := connection.recv(1 << 16):
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT:
            break
    return b"".join(parts)


def _answer(data):
    """Status, output and error of an HTTP answer; Denied where a byte of it is missing or not as agreed."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.split(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in rest)}
    try:
        status, output = int(fields[b"guard-exit"]), int(fields[b"guard-stdout"])
        whole = first.split()[1] == b"200" and int(fields[b"content-length"]) == len(body) and output <= len(body)
    except (LookupError, ValueError):
        whole = False
    if not whole or status not in STATUSES:
        raise Denied("the broker's answer could not be read; run `agentguard stop` and try again")
    return status, body[:output], body[output:]


def _write(descriptor, data):
    while data:
        data = data[posix.write(descriptor, data) :]


def _deny(failure):
    """Say no in the agent's words: JSON on standard output, the sentence on standard error."""
    told = (
        failure if isinstance(failure, Denied) else f"the guard's client failed ({failure!r}); see `agentguard status`"
    )
    reason = f"agentguard denied this call: {told}."
    plain = "".join(c if " " <= c <= "~" and c not in '"\\' else "'" if c == '"' else "?" for c in reason)
    answer = (
        '{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", '
        f'"permissionDecisionReason": "{plain}"}}}}\n'
    )
    _write(1, answer.encode("ascii"))
    _write(2, plain.encode("ascii") + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
