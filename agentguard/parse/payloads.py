"""What a command carries for others to run, as its table's `carries` say: text, a file, or a command of its own."""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator
from dataclasses import replace

from agentguard.model.command import UNKNOWN_PART, Command, Landing, Word
from agentguard.parse import named_programs
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular import IRREGULAR
from agentguard.parse.names import FRONT_DOORS
from agentguard.parse.payload import Payload
from agentguard.parse.places import words_at
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Carries, Row, Tool

ASSIGNMENT = re.compile(r"^[^=]+=")  # env and sudo take any name, a shell's exported functions too
STANDARD_INPUT = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
UNKNOWN_WORD = Word(UNKNOWN_PART, known=False)


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
    yield from named_programs.payloads(invocation)
    irregular = IRREGULAR.get(tool.program)
    if irregular is not None:
        yield from irregular(command, row, invocation, surroundings)


def _carried(carries: Carries, tool: Tool, command: Command, invocation: Invocation) -> Iterator[Payload]:
    blank = _blank(carries, tool, command)
    if carries.from_ == "stdin":
        yield from _fed(blank, invocation)
        return
    words = _behind(carries.after, words_at(command, carries.from_.removeprefix("file ")))
    if not words and not (carries.program and carries.as_ == "argv" and carries.from_ == "operands"):
        return
    if carries.from_.startswith("file "):
        for word in words:
            yield from _file(blank, word, invocation)
    elif carries.as_ == "argv":
        yield _argv(blank, carries, command, words, invocation)
    elif carries.as_ == "shell" and carries.from_.startswith("operands"):
        words = _undashed(words)
        yield replace(blank, text=Word(" ".join(w.text for w in words), all(w.known for w in words)))
    else:
        yield from (replace(blank, text=_listed(word) if carries.as_ == "shell" else word) for word in words)


def _behind(beginning: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """What stands behind `beginning` in the words that start with it, in any case."""
    if not beginning:
        return words
    found = (word for word in words if word.text.lower().startswith(beginning.lower()))
    return tuple(Word(word.text[len(beginning) :], word.known) for word in found)


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


def _listed(word: Word) -> Word:
    """Shell text that is written as a JSON list of lines, as `aws ssm send-command` takes it, line by line."""
    if not word.text.startswith("["):
        return word
    try:
        lines = json.loads(word.text)
    except ValueError:
        return word
    return Word("\n".join(map(str, lines)), word.known) if isinstance(lines, list) else word


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
) -> Payload:
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
    if carries.appended:
        words = _appended(words, command.value(carries.replaces) if carries.replaces else None, invocation)
    return replace(blank, words=words, variables=variables)


def _undashed(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without the `--` that only ends the wrapper's own options."""
    return words[1:] if words and words[0].text == "--" else words


def _appended(words: tuple[Word, ...], mark: str | None, invocation: Invocation) -> tuple[Word, ...]:
    """The words with what xargs adds at the end, or puts in place of its mark: its input where known, else unknown."""
    fed = invocation.stdin
    extra = (
        tuple(Word(part) for part in re.split(r"[\s\0]+", fed.text) if part) if fed and fed.known else (UNKNOWN_WORD,)
    )
    if mark is None:
        return words + extra
    value = extra[0] if len(extra) == 1 else UNKNOWN_WORD
    return tuple(
        Word(word.text.replace(mark, value.text), word.known and value.known) if mark in word.text else word
        for word in words
    )
