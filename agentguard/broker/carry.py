"""What a hook's client does: carry one event to the broker, and its answer back. Started by `agentguard/client.py`.

Promises: the event on standard input, its directory and its environment go to the broker, started where none answers;
the broker's answer becomes this process's exit status, output and error, within a deadline. Refuses everything else:
whatever fails in here is a denial, never silence, for silence lets the call pass.

It must cost about as much as a bare interpreter. So it imports only what the interpreter has loaded by itself, and
`_socket`: `os` would add 15 % to the whole, `socket` and `json` as much again. It takes nothing from its environment
for itself. `broker/become.py`, which stands before a shell or a program, asks by the same functions.
"""

import _signal  # type: ignore[import-not-found]  # the C half of `signal`: in every interpreter, in no stub
import _socket
import posix
import time

VERSION = "0.1.0"  # agentguard's own (a test compares): a broker that was started before an upgrade knows less
INPUT_LIMIT = 10 << 20  # bytes of one event: an agent's largest file writes stay far below
ANSWER_LIMIT = 1 << 20  # bytes of one answer
GRACE = 0.02  # seconds between two looks for a broker that is starting
STATUSES = (0, 2)  # what an answer may ask for: go on (or ask, in the output), deny
IS_SOCKET, OF_OTHERS = 0o140000, 0o022  # S_IFSOCK, and the write bits of group and others
BARE = {b"PATH": b"/usr/bin:/bin", b"LANG": b"C.UTF-8"}  # the whole environment that a broker starts with

Broker = tuple[str, int, list[str]]  # the socket, the deadline in seconds, the words that start a broker
Answer = tuple[int, bytes, bytes, int]  # status, output, error, and a token to tell the end with; 0 for none


class Denied(Exception):
    """The call does not pass; the text says why and what to do, in one sentence."""


def main(arguments: list[str]) -> None:
    """End this process with the broker's answer to one event; every failure ends it with 2, a denial.

    `arguments` are the socket, the agent, the deadline in seconds, and the words that start a broker.
    """
    status = 2
    try:
        path, agent, deadline, *start = arguments
        _signal.signal(_signal.SIGALRM, late)
        _signal.alarm(int(deadline))  # over everything, also a standard input that never closes
        path = located(path)
        told, output, error, _ = ask((path, int(deadline), start), agent, _event(), STATUSES)
        _signal.alarm(0)
        write(1, output)
        write(2, error)
        status = told
    except BaseException as failure:  # noqa: BLE001 - the last line of defence: whatever it was, the call must not pass
        _signal.alarm(0)
        status = 2
        _deny(failure)
    finally:
        posix._exit(status)  # noqa: SLF001 - saves the millisecond that tidying up would cost


def located(path: str) -> str:
    """A path that begins with `~/`, in the home that the system's list of users gives this user: settings that serve
    everybody name it so, and no variable is asked. A directory that is not there yet is made.
    """
    if path[:2] != "~/":
        return path
    import pwd  # noqa: PLC0415 - in every interpreter, and needed for such settings alone

    try:
        home = pwd.getpwuid(posix.geteuid()).pw_dir
    except KeyError:
        raise Denied("the system knows no user of this number, so nobody could tell whose call it is") from None
    path = home + path[1:]
    _made(home, path.rpartition("/")[0])
    return path


def _made(home: str, directory: str) -> None:
    """Make a directory below a home that is there."""
    end = len(home)
    while end < len(directory) and not _is_there(directory):
        end = (directory + "/").index("/", end + 1)
        try:
            posix.mkdir(directory[:end], 0o700)
        except FileExistsError:
            pass
        except OSError as error:
            raise Denied(f"{directory[:end]} cannot be made ({error.strerror}), and the broker works there") from None


def _is_there(path: str) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def late(*_: object) -> None:
    """What the alarm does."""
    raise Denied("the broker did not answer in time; see `agentguard status`, then try again")


def ask(broker: Broker, dialect: str, event: bytes, statuses: tuple[int, ...]) -> Answer:
    """The broker's answer to an event, its status one of `statuses`. Raises Denied and OSError."""
    path, deadline, start = broker
    connection = _connect(path, start)
    connection.settimeout(deadline)
    where = _directory()
    variables = b"\0".join(name + b"=" + value for name, value in posix.environ.items())
    body = where + variables + event
    head = (
        f"POST /hook/{dialect} HTTP/1.1\r\nHost: agentguard\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"Guard-Version: {VERSION}\r\nGuard-Cwd: {len(where)}\r\nGuard-Environ: {len(variables)}\r\n\r\n"
    )
    try:
        connection.sendall(head.encode("ascii") + body)
        answer = _received(connection)
    except ConnectionError:
        answer = b""
    if not answer:
        raise Denied("the broker ended before it had answered; try again, the next call starts another")
    return _answer(answer, statuses)


def _directory() -> bytes:
    try:
        return posix.getcwdb()
    except FileNotFoundError:
        raise Denied("the directory it would start in is gone; go on from one that exists") from None


def _event() -> bytes:
    parts, size = [], 0
    while part := posix.read(0, 1 << 16):
        parts.append(part)
        size += len(part)
        if size > INPUT_LIMIT:
            raise Denied("the call is over 10 MB, more than the guard reads; split it into smaller ones")
    return b"".join(parts)


def _connect(path: str, start: list[str]) -> _socket.socket:
    """A connection to the broker at `path`, which is started where none answers; the alarm ends the waiting."""
    _directory_must_be_ours(path)
    lock = child = None
    while True:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            _must_be_ours(path)
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
        else:
            return connection
        if lock is None:
            lock = _first(path)
        elif child is None:
            child = _start(path, start)
        elif _left_it_to_another(child, path):
            child = None
        time.sleep(GRACE)


def _directory_must_be_ours(path: str) -> None:
    """Nobody else can put anything into the socket's directory: neither another socket, nor a link for us to follow."""
    try:
        directory = posix.stat(path.rpartition("/")[0] or "/")
    except FileNotFoundError:
        raise Denied("the broker has no directory to work in; run `agentguard serve` once to make it") from None
    if directory.st_uid != posix.geteuid() or directory.st_mode & OF_OTHERS:
        raise Denied(f"the directory of {path} is not yours alone; install the hook again with another --state")


def _must_be_ours(path: str) -> None:
    own = posix.lstat(path)
    if own.st_uid != posix.geteuid() or own.st_mode & 0o170000 != IS_SOCKET:
        raise Denied(f"{path} is not a socket of yours; find out who made it, then remove it")


def _first(path: str) -> int | None:
    """A lock that the one client holds which starts the broker; None while another has it."""
    lock = posix.open(path + ".starting", posix.O_RDWR | posix.O_CREAT | posix.O_CLOEXEC, 0o600)
    try:
        posix.lockf(lock, posix.F_TLOCK, 0)
    except (BlockingIOError, PermissionError):
        posix.close(lock)
        return None
    return lock


def _start(path: str, words: list[str]) -> int:
    """Start the broker apart from this process: own session, bare environment, none of our files. Returns its pid."""
    if not words:
        raise Denied("no broker answers; run `agentguard serve`")
    child = posix.fork()
    if child:
        return child
    try:
        posix.setsid()
        posix.chdir("/")
        nothing = posix.open("/dev/null", posix.O_RDWR)
        complaint = posix.open(path + ".err", posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC, 0o600)
        for descriptor, source in enumerate((nothing, nothing, complaint)):
            posix.dup2(source, descriptor)
        posix.closerange(3, 4096)
        posix.execve(words[0], words, BARE)
    finally:
        posix._exit(127)  # noqa: SLF001 - a child that could not become the broker ends here
    raise AssertionError


def _left_it_to_another(child: int, path: str) -> bool:
    """Has the broker ended because another one served? Denies with its last words where it ended badly."""
    ended, status = posix.waitpid(child, posix.WNOHANG)
    if status:
        words = posix.read(posix.open(path + ".err", posix.O_RDONLY), 1 << 16).decode("utf-8", "replace")
        raise Denied(f"the broker cannot be started ({words.strip()[-300:]}); run `agentguard serve` to see all of it")
    return ended != 0


def _received(connection: _socket.socket) -> bytes:
    parts, size = [], 0
    while (part := connection.recv(1 << 16)) and size <= ANSWER_LIMIT:
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _answer(data: bytes, statuses: tuple[int, ...]) -> Answer:
    """What an HTTP answer says; Denied where a byte of it is missing or not as agreed.

    An output ends with a line end: Claude Code takes JSON that is cut for a yes.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.split(b"\r\n")
    try:
        fields = {
            name.lower(): int(value) for name, _, value in (line.partition(b": ") for line in rest) if value.isdigit()
        }
        status, output = fields[b"guard-exit"], fields[b"guard-stdout"]
        whole = first.split()[1] == b"200" and fields[b"content-length"] == len(body) >= output
    except (LookupError, ValueError):
        fields, status, output, whole = {}, 2, 0, False
    if not whole or status not in statuses or body[:output][-1:] not in (b"", b"\n"):
        raise Denied("the broker's answer could not be read; run `agentguard stop`, then try again")
    return status, body[:output], body[output:], fields.get(b"guard-token", 0)


def write(descriptor: int, data: bytes) -> None:
    """All of the bytes."""
    while data:
        data = data[posix.write(descriptor, data) :]


def reason(failure: BaseException) -> str:
    """Why a call does not pass, in one plain sentence that JSON can hold as it is."""
    told = str(failure) if isinstance(failure, Denied) else f"its client failed ({failure!r}); see `agentguard status`"
    return "".join(c if " " <= c <= "~" and c not in '"\\' else " " for c in f"agentguard denied this call: {told}.")


def _deny(failure: BaseException) -> None:
    """Say no in the agent's words: JSON on standard output, the same sentence on standard error."""
    plain = reason(failure)
    answer = (
        '{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", '
        f'"permissionDecisionReason": "{plain}"}}}}\n'
    )
    write(1, answer.encode("ascii"))
    write(2, plain.encode("ascii") + b"\n")
