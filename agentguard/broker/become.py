"""What stands before a shell (`agentguard-shell`) and before a program (a shim): ask the broker, then become it.

Promises: what the broker lets pass runs with the arguments, environment, directory, files and signals it would have had
without us, and its end is ours: a call that only reads in this very process, and one whose end the record wants as our
child (`broker/attend.py`). Whatever is refused, or fails in here, ends with 77 and
the reason on standard error, and nothing has run. Refuses to take anything of the agent's environment for itself but
the names of the programs it stands before: it is given the rest by the launcher that an install has written.

It costs what the hook's client costs: `broker/carry.py` says how, and does the asking.
"""

import _signal  # type: ignore[import-not-found]  # the C half of `signal`: in every interpreter, in no stub
import posix
import sys

from agentguard.broker.carry import Broker, Denied, ask, late, located, reason, write  # which the launcher has loaded

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

REFUSED = 77  # EX_NOPERM of sysexits.h
NOT_FOUND = 127  # as every shell has it
NO_FORMAT = 8  # ENOEXEC: a text without `#!`, which every shell hands to sh
PREFIX = "agentguard-shell"  # the shell's launcher; links to it are called like the shell
LAUNCHER = "agentguard-shim"  # what every shim is a link to
FED_LIMIT = 1 << 18  # bytes of a file on standard input that are judged; what is larger counts as not seen
PATH = "/usr/local/bin:/usr/bin:/bin"  # where programs are without the variable
FILE, DEVICE, KIND = 0o100000, 0o020000, 0o170000  # S_IFREG, S_IFCHR, S_IFMT
COERCED = (b"C.UTF-8", b"C.utf8", b"UTF-8")  # what Python puts into LC_CTYPE by itself where the locale is C (PEP 538)
INHERITED = "/proc/self/environ"  # the environment as it came


def main(
    load: "Callable[[str], ModuleType]",
    arguments: list[str],
    broker: Broker,
    shells: dict[str, str] | None = None,
    own: tuple[str, ...] = (),
) -> None:
    """End as the real program, or with REFUSED.

    Args:
        load: loads one more file of this directory.
        arguments: our own path, and what we were given. With one argument `agentguard-shell` is a prefix, and that is
            the line; else it is what a shell is given. A shim is called like its program.
        broker: how to ask.
        shells: the real shells by dialect; none for a shim.
        own: lines that are the agent's hook asking the broker, and nothing else: those are not asked about.
    """
    if _signal.getsignal(_signal.SIGINT) is not _signal.SIG_IGN:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # an interrupted question ends as an interrupted shell would
    try:
        broker = (located(broker[0]), *broker[1:])
        if shells is None:
            program, words, token = _shim(arguments, broker)
        else:
            program, words, token = _shell(arguments, broker, shells, own)
        if token:
            load("attend").attend(lambda: _become(program, words), broker[0], token)
        _become(program, words)
    except BaseException as failure:  # noqa: BLE001 - the last line of defence: whatever it was, nothing may run
        _signal.alarm(0)
        write(2, reason(failure).encode("ascii") + b"\n")
    finally:
        posix._exit(REFUSED)  # noqa: SLF001 - saves the millisecond that tidying up would cost


Next = tuple[str, list[str], int]  # a program, its words, and a token to tell its end with; 0 for none


def _shell(arguments: list[str], broker: Broker, shells: dict[str, str], own: tuple[str, ...]) -> Next:
    path, *given = arguments
    directory, _, name = path.rpartition("/")
    program = shells.get(_dialect(name))
    if program is None:
        raise Denied("it is for a shell that was not there at the install; install the shell again")
    if name == PREFIX and len(given) == 1 and not given[0].startswith("-"):
        given = ["-c", *given]
    is_line = len(given) == 2 and given[0] == "-c"
    if is_line and (given[1] in own or _asks_itself(given[1], f"{directory}/{PREFIX}")):
        return program, [program, *given], 0
    return program, [program, *given], _ask("shell", b"".join(map(_with_end, (program, *given))), broker)


def _asks_itself(line: str, prefix: str) -> bool:
    """Is it our prefix with one quoted word, and nothing else: where we are both, the prefix asks."""
    word = line.removeprefix(f"{prefix} '")
    return word != line and word[-1:] == "'" and "'" not in word[:-1].replace("'\"'\"'", "")


def _dialect(name: str) -> str:
    """The shell we stand before: the one we are called like, or as a prefix the one the agent takes."""
    if name not in ("bash", "zsh"):
        name = _variable(b"CLAUDE_CODE_SHELL") or _variable(b"SHELL")
    return "zsh" if name.rpartition("/")[2] == "zsh" else "bash"


def _shim(arguments: list[str], broker: Broker) -> Next:
    own, *given = arguments
    name = own.rpartition("/")[2]
    if name == LAUNCHER:
        raise Denied("a shim is called by the name of a program")
    program = _program(name)
    if program is None:
        write(2, _bytes(f"{name}: command not found\n"))
        posix._exit(NOT_FOUND)  # noqa: SLF001 - as above
    return program, [name, *given], _ask("shim", _fed() + b"".join(map(_with_end, (name, *given))), broker)


def _program(name: str) -> str | None:
    """The path of the first program of a name in PATH that is no shim."""
    for directory in (_variable(b"PATH") or PATH).split(":"):
        path = f"{directory or '.'}/{name}"
        try:
            if posix.stat(path).st_mode & KIND == FILE and posix.access(path, posix.X_OK) and not _is_shim(path):
                return path
        except OSError:
            continue
    return None


def _is_shim(path: str) -> bool:
    try:
        return posix.readlink(path).rpartition("/")[2] == LAUNCHER
    except OSError:  # it is no link
        return False


def _fed() -> bytes:
    """What stands on standard input, unread: nothing, a file's text with its length, or something nobody can tell."""
    try:
        kind = posix.fstat(0).st_mode & KIND
    except OSError:  # it is closed
        return b"-\0\0"
    if kind == DEVICE:  # a terminal, or nothing
        return b"-\0\0"
    try:
        text = posix.pread(0, FED_LIMIT + 1, posix.lseek(0, 0, 1)) if kind == FILE else None
    except OSError:
        text = None
    return b"?\0\0" if text is None or len(text) > FED_LIMIT else b"=\0%d\0%b" % (len(text), text)


def _ask(dialect: str, event: bytes, broker: Broker) -> int:
    """The token to tell the end with where the call passes; where it does not, this process ends."""
    came = _signal.signal(_signal.SIGALRM, late)
    _signal.alarm(broker[1])
    status, _, error, token = ask(broker, dialect, event, (0, REFUSED))
    _signal.alarm(0)
    _signal.signal(_signal.SIGALRM, came)
    if status:
        write(2, error)
        posix._exit(status)  # noqa: SLF001 - as above
    return token


def _become(program: str, words: list[str]) -> None:
    """Become a program, with the signals and the environment as they came."""
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):  # Python ignores them for itself, and a program would inherit it
        _signal.signal(number, _signal.SIG_DFL)
    environ = _environ()
    try:
        posix.execve(program, words, environ)
    except OSError as error:
        if error.errno != NO_FORMAT:
            raise Denied(f"{program} cannot be started ({error.strerror})") from None
        posix.execve("/bin/sh", ["sh", program, *words[1:]], environ)


def _environ() -> dict[bytes, bytes]:
    """The environment as it came."""
    variables = dict(posix.environ)
    if variables.get(b"LC_CTYPE") in COERCED and _was_not_there(b"LC_CTYPE="):
        del variables[b"LC_CTYPE"]
    return variables


def _was_not_there(variable: bytes) -> bool:
    try:
        descriptor = posix.open(INHERITED, posix.O_RDONLY | posix.O_CLOEXEC)
        parts = [b"\0"]
        while part := posix.read(descriptor, 1 << 16):
            parts.append(part)
    except OSError:  # no such file on this system: nobody can tell
        return False
    return b"\0" + variable not in b"".join(parts)


def _variable(name: bytes) -> str:
    return posix.environ.get(name, b"").decode(sys.getfilesystemencoding(), "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")


def _with_end(word: str) -> bytes:
    return _bytes(word) + b"\0"
