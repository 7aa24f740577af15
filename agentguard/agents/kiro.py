"""Kiro, its CLI and its IDE: its hook's events and answers. Pure.

Promises: every shell line, file write, AWS call and MCP call becomes a Call; a tool that is not known becomes a
ToolCall, judged by its words. Refuses an event it cannot read whole: MalformedEvent, which ends as a denial. Kiro has
no prompt that a hook could ask with: what needs the developer's own yes waits for `agentguard confirm`.

From Kiro's documentation and the sources of the Amazon Q CLI that it grew from, not seen with the real program: exit 2
denies and standard error is what the model reads; any other status lets CLI 2 run the tool. IDE 0 hands its event over
in USER_PROMPT and never closes standard input: there the client's deadline denies, and only an input that is closed and
empty makes room for the variable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from agentguard.agents.dialect import SILENCE, Agent, Before, Event, Harmless, HookReply, Preludes, Surrounds
from agentguard.agents.fields import Fields, encodable, fields, malformed
from agentguard.model.call import Argv, Body, Call, FileWrite, ShellLine, ToolCall
from agentguard.model.verdict import Action

NAME, TITLE = "kiro", "Kiro"
# The names that Kiro's hooks ask under, one for each place that it may start one from for the same call: agents' files
# and the file of hooks, the person's own and a project's. So the broker knows two hooks of one call from two calls.
ASKING = (NAME, "kiro-hooks", "kiro-project", "kiro-project-hooks")
AGENTS_OWN, HOOKS_OWN, AGENTS_PROJECT, HOOKS_PROJECT = ASKING
BEFORE = frozenset({"PreToolUse", "preToolUse"})
EVENT_VARIABLE = "USER_PROMPT"
MCP_TOOL = re.compile(r"@([^/]+)/(.+)", re.DOTALL)
WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s]+")

HARMLESS = frozenset(  # Kiro's own tools that read, talk, or keep its own lists
    "dummy fsRead fs_read glob grep introspect knowledge read report report_issue thinking todo todo_list web_fetch "
    "web_search".split()
)
WRITING = {  # what `command` of the file tool may say: whether the whole file is new
    "": True,
    "append": False,
    "create": True,
    "insert": False,
    "str_replace": False,
}
NEW_TEXT = ("file_text", "content", "text", "new_str", "newStr")  # where the new text stands, by version and command


@dataclass(frozen=True, slots=True)
class Given:
    """A tool's input, and where it is used. A shell line may name a directory of its own."""

    tool: str
    input: Fields
    cwd: str
    home: str

    def path(self, *names: str) -> str:
        """The path under the first of these names that is there."""
        name = next((name for name in names if self.input.values.get(name) is not None), names[0])
        return self.input.path(name, self.cwd, self.home)


def read(event: bytes, surrounds: Surrounds) -> Event:
    """One event of the hook, from its standard input.

    Raises:
        MalformedEvent: it is not JSON, not an event of a hook we install, or a field that matters is not there.
    """
    handed = event if event.strip() else surrounds.environ.get(EVENT_VARIABLE, "").encode("utf-8", "surrogateescape")
    told = fields(handed, TITLE)
    name, tool = told.text("hook_event_name"), told.text("tool_name")
    if name not in BEFORE:
        raise malformed(TITLE, f"`{name}` is not an event this hook answers")
    if tool in HARMLESS:
        return Harmless(tool, told.optional("session_id"))
    home, cwd = surrounds.environ.get("HOME", ""), told.optional("cwd")
    cwd = cwd if cwd.startswith("/") else surrounds.cwd
    given = Given(tool, told.object("tool_input"), cwd, home)
    body = TOOLS.get(tool, _any)(given)
    if isinstance(body, ShellLine) and given.input.optional(*DIRECTORY):
        cwd = given.path(*DIRECTORY)
    uses = (told.optional("tool_use_id"), told.optional("session_id"))
    return Before(Call(body, cwd, NAME, surrounds.user), *uses, asks=False)


def preludes(_environ: Mapping[str, str]) -> Preludes:
    """What Kiro's shell reads before each line: nothing that bash does not read by itself."""
    return Preludes()


def reply(action: Action, reason: str) -> HookReply:
    """The answer in Kiro's words: silence to pass, exit 2 with the reason on standard error for all else."""
    if action is Action.ALLOW:
        return SILENCE
    return HookReply(2, error=reason.encode("utf-8", "replace") + b"\n")


# Tools ------------------------------------------------------------------------------------------------------------

DIRECTORY = ("working_dir", "cwd")


def _shell(given: Given) -> Body:
    return ShellLine(given.input.text("command"), "bash")


def _write(given: Given) -> Body:
    command = given.input.optional("command")
    if command not in WRITING:
        raise malformed(TITLE, f"`{command}` is no command of `{given.tool}` that is known")
    return FileWrite(given.path("path", "file_path"), given.input.optional(*NEW_TEXT), whole=WRITING[command])


def _edit(given: Given) -> Body:
    return FileWrite(given.path("path", "file_path"), given.input.optional("newStr", "new_str", "text"), whole=False)


def _delete(given: Given) -> Body:
    return Argv(("rm", "-f", "--", given.path("path", "targetFile", "target_file")))


def _aws(given: Given) -> Body:
    """The words that Kiro would start `aws` with. A profile that the agent's own file names is not told to a hook."""
    told = given.input
    words = ["aws"]
    for option, name in (("--region", "region"), ("--profile", "profile_name")):
        if value := told.optional(name):
            words += [option, value]
    words.append(told.text("service_name"))
    words += [word for word in [told.optional("operation_name")] if word]
    return Argv((*words, *_positional(told), *_parameters(told)))


def _positional(told: Fields) -> Iterator[str]:
    values = told.values.get("positional_args") or []
    if not isinstance(values, list):
        raise malformed(TITLE, "`positional_args` is not a list")
    yield from map(_word, values)


def _parameters(told: Fields) -> Iterator[str]:
    if told.values.get("parameters") is None:
        return
    for name, value in told.object("parameters").values.items():
        yield f"--{WORD_ENDS.sub('-', _word(name).lstrip('-')).lower()}"
        if value != "":  # an empty text stands for an option without a value
            yield _word(value)


def _word(value: object) -> str:
    word = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if not encodable(word) or "\0" in word:
        raise malformed(TITLE, "an argument of aws is not a text")
    return word


def _any(given: Given) -> Body:
    """A tool that is not known, or an MCP server's: `@server/tool`, here under the name that every agent's have."""
    found = MCP_TOOL.fullmatch(given.tool)
    return ToolCall(f"mcp__{found[1]}__{found[2]}" if found else given.tool, given.input.values)


TOOLS: Mapping[str, Callable[[Given], Body]] = {
    "aws": _aws,
    "deleteFile": _delete,
    "delete_file": _delete,
    "executeBash": _shell,
    "executePwsh": _shell,  # the IDE's name for it, on Linux and macOS too
    "execute_bash": _shell,
    "fsAppend": _edit,
    "fsWrite": _write,
    "fs_append": _edit,
    "fs_write": _write,
    "shell": _shell,
    "strReplace": _edit,
    "str_replace": _edit,
    "use_aws": _aws,
    "write": _write,
}

AGENT = Agent(NAME, asks=False, read=read, preludes=preludes, reply=reply)
