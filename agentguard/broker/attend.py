"""A program as our child instead of in our place: for a call whose outcome the record wants. Loaded for those alone.

Promises: the program is started once, in our own process group, with the files, directory, environment and signals
that came. What is sent to us alone is sent on to it, what is sent to the group it gets once; where it is stopped we
stop, and where we are killed so is it. It ends, the broker is told, and we end as it did: with the same status, or by
the same signal and without a second core. Refuses to let anything in here change that end: a broker that does not
listen at once is not told.

A signal does not say whom it was sent to. So a third process of the group looks out: what it gets, too, the program
has got already. It also outlives us where we are killed, and then kills the program.
"""

import _signal  # type: ignore[import-not-found]  # the C half of `signal`: in every interpreter, in no stub
import _socket
import posix
import time

from agentguard.broker.carry import write  # which the launcher has loaded

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Callable

FILES = 4096  # descriptors that are closed: what we kept open, whoever waits for its end would wait for us
PATIENCE, LOOK = 0.05, 0.002  # seconds that the lookout may take to tell of a signal, and between two looks
TELLING = 1  # second for each step of telling the broker
STOPS = (_signal.SIGSTOP, _signal.SIGTSTP, _signal.SIGTTIN, _signal.SIGTTOU)
SENT_ON = frozenset(range(1, 32)) - {_signal.SIGCHLD, _signal.SIGKILL, _signal.SIGSTOP}
LEAVE_CORES = frozenset(
    getattr(_signal, f"SIG{name}") for name in "QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS".split()
)
CORE_OF_NOTHING = 1  # byte: no core is that small, and Linux takes it for none where it pipes cores to a program, too


def attend(become: "Callable[[], None]", path: str, token: int) -> None:
    """Run `become` in a child, and end as that ends. The broker at `path` is told with the token it gave.

    Where no child can be had `become` runs in our own place, and nobody will see the end. What it raises comes back
    in the child alone.
    """
    came = _signal.getsignal(_signal.SIGCHLD)
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)  # where it came ignored, nobody would see an end
    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, (*SENT_ON, _signal.SIGCHLD))
    try:
        child = posix.fork()
    except OSError:
        child = 0
    if child:
        try:
            status = _seen(child)
            _tell(path, token, posix.waitstatus_to_exitcode(status))
            _end(status)
        finally:
            posix._exit(1)  # noqa: SLF001 - never back to who would say that nothing has run
    _signal.signal(_signal.SIGCHLD, came)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
    become()


def _seen(child: int) -> int:
    """The wait status with which the child has ended."""
    handle = _handle(child)
    posix.closerange(0, handle)
    posix.closerange(handle + 1, FILES)
    try:
        lookout = _Lookout(child, handle)
    except OSError:  # without one, what comes to all is sent on as well
        return _waited(child, lambda _number: False)
    status = _waited(child, lookout.has_heard)
    lookout.end()
    return status


def _handle(child: int) -> int:
    """A descriptor of the child that no later process of its number takes over; FILES where there is none."""
    try:
        return posix.pidfd_open(child)
    except (AttributeError, OSError):
        return FILES


def _waited(child: int, came_to_all: "Callable[[int], bool]") -> int:
    while True:
        number = _signal.sigwait((*SENT_ON, _signal.SIGCHLD))
        if number != _signal.SIGCHLD:
            if not came_to_all(number):
                posix.kill(child, number)
            continue
        ended, status = posix.waitpid(child, posix.WNOHANG | posix.WUNTRACED)
        if ended and not posix.WIFSTOPPED(status):
            return status
        if ended:
            _stop(posix.WSTOPSIG(status))


def _stop(number: int) -> None:
    """Stop until somebody lets us go on."""
    posix.kill(posix.getpid(), number)  # at once, or blocked: then what came to all of the group is no second one
    if number in SENT_ON:
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (number,))
        _signal.pthread_sigmask(_signal.SIG_BLOCK, (number,))


class _Lookout:
    """The third process, by the two pipes between it and us: one tells what it gets, the other ends with us."""

    def __init__(self, child: int, handle: int) -> None:
        self._news, news = posix.pipe()
        life, self._life = posix.pipe()
        self._heard: set[int] = set()
        self._process = posix.fork()
        if not self._process:
            try:
                posix.close(self._life)
                _look_out(news, life, child, handle)
            finally:
                posix._exit(0)  # noqa: SLF001 - as above
        posix.close(news)
        posix.set_blocking(self._news, False)

    def has_heard(self, number: int) -> bool:
        """Has it got this signal as well."""
        end = time.monotonic() + PATIENCE
        while number not in self._heard and time.monotonic() < end:
            try:
                self._heard.update(posix.read(self._news, 64) or (number,))
            except BlockingIOError:
                time.sleep(LOOK)
        heard = number in self._heard
        self._heard -= {number, *STOPS}
        return heard

    def end(self) -> None:
        posix.kill(self._process, _signal.SIGKILL)
        posix.waitpid(self._process, 0)


def _look_out(news: int, life: int, child: int, handle: int) -> None:
    for number in SENT_ON:
        _signal.signal(number, lambda number, _frame: write(news, bytes((number,))))
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
    posix.read(life, 1)  # until nobody holds the other end
    if handle == FILES:
        posix.kill(child, _signal.SIGKILL)
    else:
        _signal.pidfd_send_signal(handle, _signal.SIGKILL)


def _tell(path: str, token: int, status: int) -> None:
    """Say it and go: the broker reads on where nobody waits for its answer."""
    head = "POST /hook/ended HTTP/1.1\r\nHost: agentguard\r\nConnection: close\r\nContent-Length: 0\r\n"
    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.settimeout(TELLING)
        connection.connect(path)
        connection.sendall(f"{head}Guard-Token: {token}\r\nGuard-Status: {status}\r\n\r\n".encode())
    except OSError:  # then the record says that nobody saw the end
        pass


def _end(status: int) -> None:
    """End as the child did."""
    if posix.WIFSIGNALED(status):
        number = posix.WTERMSIG(status)
        if number in LEAVE_CORES:
            _keep_no_core()
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        posix.kill(posix.getpid(), number)
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (number,))
    posix._exit(posix.WEXITSTATUS(status))  # noqa: SLF001 - saves the millisecond that tidying up would cost


def _keep_no_core() -> None:
    import resource  # noqa: PLC0415 - a file to load, for the few that leave a core

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    least = CORE_OF_NOTHING if hard == resource.RLIM_INFINITY else min(CORE_OF_NOTHING, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (least, hard))
