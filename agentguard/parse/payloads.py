"""What a command carries for others to run, as its table's `carries` say: text, a file, or a command of its own."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from dataclasses import replace

from agentguard.model.command import UNKNOWN_PART, Command, Landing, Word
from agentguard.parse.excerpts import behind, lines
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular import IRREGULAR
from agentguard.parse.names import FRONT_DOORS
from agentguard.parse.payload import Payload
from agentguard.parse.places import contents_at, words_at
from agentguard.parse.shell.escapes import unescaped
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Carries, Row, Tool

ASSIGNMENT = re.compile(r"^[^=]+=")  # env and sudo take any name, a shell's exported functions too
STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "0.0.0.0", "localhost"})  # noqa: S104 - a name that is told, not bound
LINE_LIMIT = 100  # lines of an input that each become a command
ITEM = re.compile(r"""(?:[^\s'"\\\0]|'[^'\n]*'|"[^"\n]*"|\\.)+""", re.DOTALL)  # of the input of xargs
QUOTED = re.compile(r"""'([^'\n]*)'|"([^"\n]*)"|\\(.)""", re.DOTALL)


def payloads_of(
    tool: Tool, row: Row | None, command: Command, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """Everything the command carries: by its row, and by its irregular reader where no row could say it."""
    found = False
    for carries in row.carries if row else ():
        applies = not carries.only or command.has(*carries.only)
        if not applies or (carries.otherwise and found) or command.has(*carries.unless):
            continue
        for payload in _carried(carries, tool, command, invocation):
            found = True
            yield payload
            if carries.lands == "ssh" and _is_here(payload.place, command):
                yield replace(payload, lands=Landing.HERE, place="", directory=Word(surroundings.home))
    irregular = IRREGULAR.get(tool.program)
    if irregular is not None:
        yield from irregular(command, row, invocation, surroundings)


def _carried(carries: Carries, tool: Tool, command: Command, invocation: Invocation) -> Iterator[Payload]:
    blank = _blank(carries, tool, command)
    if carries.from_ == "stdin":
        yield from _fed(blank, invocation)
        return
    words = behind(
        carries.after,
        contents_at(command, carries.from_.removeprefix("file ")),
        hidden=carries.lands == "cloud",
    )
    if not words and not (carries.program and carries.as_ == "argv" and carries.from_ == "operands"):
        return
    if carries.from_.startswith("file "):
        for word in words:
            yield from _file(blank, word, invocation)
    elif carries.as_ == "argv":
        yield from _argv(blank, carries, command, words, invocation)
    elif carries.as_ == "shell" and carries.from_.startswith("operands"):
        words = _undashed(words)
        yield replace(blank, text=Word(" ".join(w.text for w in words), all(w.known for w in words)))
    else:
        yield from (replace(blank, text=lines(word) if carries.as_ == "shell" else word) for word in words)


def _is_here(host: str, command: Command) -> bool:
    """Whether an ssh goes to this machine itself; behind a port of its own may be a tunnel, or a container."""
    return host.rpartition("@")[2].strip("[]") in LOOPBACK and not command.has("-p", "-J", "-F")


def _blank(carries: Carries, tool: Tool, command: Command) -> Payload:
    """The payload but for what is carried."""
    return Payload(
        carries.as_,
        rest=words_at(command, carries.rest),
        lands=Landing(carries.lands),
        place=" ".join(str(word) for word in words_at(command, carries.place)),
        dialect=carries.dialect or tool.program,
        how=carries.lands if carries.lands != "here" else "shell" if carries.as_ == "shell" else "wrapper",
        variables=tuple((word.text, None) for word in words_at(command, carries.unsets))
        + tuple(_assigned(word) for word in words_at(command, carries.assigns) if "=" in word.text)
        + tuple(
            (name, words[-1]) for name, place in sorted(carries.sets.items()) if (words := words_at(command, place))
        ),
        bare_environment=command.has(*carries.bare),
        directory=_last(words_at(command, carries.directory)),
    )


def _last(words: tuple[Word, ...]) -> Word | None:
    return words[-1] if words else None


def _assigned(word: Word) -> tuple[str, Word]:
    name, _, value = word.text.partition("=")
    return name, Word(value, word.known)


def _fed(blank: Payload, invocation: Invocation) -> Iterator[Payload]:
    """What comes in on standard input: known text, a file, something unknown, or nothing."""
    blank = replace(blank, rest=(Word(blank.dialect), *blank.rest))  # $0 is the shell itself
    if invocation.stdin is not None:
        yield replace(blank, text=invocation.stdin)
    elif invocation.stdin_file:
        yield replace(blank, file=Word(invocation.stdin_file))
    elif invocation.piped:
        yield replace(blank, missing="what is piped into it is made at run time")


def _file(blank: Payload, word: Word, invocation: Invocation) -> Iterator[Payload]:
    if word.text in STANDARD_INPUT:
        yield from _fed(blank, invocation)
    elif blank.lands is Landing.HERE and os.path.basename(word.text) in FRONT_DOORS:
        rest = blank.rest[1:] if blank.rest[:1] == (word,) else blank.rest
        yield replace(blank, language="argv", words=(word, *rest), how="script")
    else:
        yield replace(blank, file=word, how="script" if blank.lands is Landing.HERE else blank.how)


def _argv(
    blank: Payload, carries: Carries, command: Command, words: tuple[Word, ...], invocation: Invocation
) -> Iterator[Payload]:
    """A command and its arguments, with assignments before it and arguments that come at run time."""
    variables = blank.variables
    if carries.bare and words and words[0].text == "-":  # `env - program`
        words, blank = words[1:], replace(blank, bare_environment=True)
    while carries.assignments and words and ASSIGNMENT.match(words[0].text):
        variables += (_assigned(words[0]),)
        words = words[1:]
    words = _undashed(words) + blank.rest
    if carries.program:
        words = (Word(carries.program), *words)
    blank = replace(blank, variables=variables)
    if not carries.appended:
        yield replace(blank, words=words)
        return
    mark = command.value(carries.replaces) if carries.replaces else None
    for appended in _appended(words, mark, invocation.stdin, command):
        yield replace(blank, words=appended)


def _undashed(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without the `--` that only ends the wrapper's own options."""
    return words[1:] if words and words[0].text == "--" else words


def _appended(
    words: tuple[Word, ...], mark: str | None, fed: Word | None, command: Command
) -> Iterator[tuple[Word, ...]]:
    """The words with what xargs adds at the end, or a command for each line that takes the place of its mark.

    What of the input is not known is an unknown word.
    """
    text = fed.text if fed and fed.known else UNKNOWN_PART
    if mark is None:
        yield words + tuple(Word(part, text != UNKNOWN_PART) for part in _items(text, command) if part)
        return
    lines = [line for line in re.split(r"[\n\0]", text) if line]
    for line in lines if len(lines) <= LINE_LIMIT else [UNKNOWN_PART]:
        value = Word(line, line != UNKNOWN_PART)
        yield tuple(_put(word, mark, value) for word in words)


def _items(text: str, command: Command) -> list[str]:
    """The words that xargs makes of its input: cut at NULs, at its delimiter, else at blanks outside of quotes."""
    sign = unescaped(command.value("-d") or "\0")
    if command.has("-0", "-d") and len(sign) == 1:
        return text.removesuffix(sign).split(sign)
    if command.program != "xargs":
        return re.split(r"[\s\0]+", text)
    return [QUOTED.sub(lambda found: "".join(filter(None, found.groups())), item) for item in ITEM.findall(text)]


def _put(word: Word, mark: str, value: Word) -> Word:
    """The word with a value in place of its mark."""
    return Word(word.text.replace(mark, value.text), word.known and value.known) if mark in word.text else word
