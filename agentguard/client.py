"""Ask the broker about one tool call: the program that an agent's hook starts.

    python -I -S client.py SOCKET AGENT DEADLINE START…

All it does is to run `broker/carry.py` from the interpreter's cache of compiled files, which a script that is started
by its path does not get: that would cost a fifth of a bare interpreter at every call. It is the last line of defence
too: whatever happens, even to that file, this process ends with the broker's answer or with a denial.
"""

import posix
import sys
from _frozen_importlib_external import SourceFileLoader  # every interpreter has loaded it

REASON = b"agentguard denied this call: its client does not load; install agentguard again."
DENIAL = (
    b'{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", '
    b'"permissionDecisionReason": "' + REASON + b'"}}\n'
)

if __name__ == "__main__":
    try:
        names = {"__name__": "carry"}
        loader = SourceFileLoader("carry", __file__.removesuffix("client.py") + "broker/carry.py")
        exec(loader.get_code("carry") or "", names)  # noqa: S102 - our own file, found beside this one and by no search path
        names["main"](sys.argv[1:])  # type: ignore[operator]  # it ends this process
    except BaseException:  # noqa: BLE001 - nothing may end this process with another status than a denial's
        posix.write(1, DENIAL)
        posix.write(2, REASON + b"\n")
    finally:
        posix._exit(2)  # noqa: SLF001 - the same
