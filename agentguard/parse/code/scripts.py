"""JavaScript, Perl, Ruby and PHP, read for the calls that run a shell or destroy files.

Not a grammar: a table of calls, and string constants as their arguments. A call of the table whose argument is not one
constant is Unknown; code without such a call is opaque, as any program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

CONSTANT = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
ARGUMENT = re.compile(r"\s*\(?\s*\[?\s*(?:glob\s*\(?\s*)?" + CONSTANT)
# language -> (calls that hand text to a shell, calls that destroy the file they name, and that as a program)
SHELLS = {
    "javascript": r"\b(?:execSync|exec|spawnSync|spawn|execFileSync|execFile)\b(?=\s*\()",
    "perl": r"\b(?:system|exec)\b|\bqx\b",
    "ruby": r"\b(?:system|exec|spawn|popen)\b|%x",
    "php": r"\b(?:system|exec|shell_exec|passthru|popen|proc_open)\b(?=\s*\()",
}
REMOVERS = {
    "javascript": r"\b(?:rmSync|rmdirSync|unlinkSync|rm|unlink|rmdir|truncateSync|truncate|writeFileSync|writeFile)\b"
    r"(?=\s*\()",
    "perl": r"\b(?:unlink|rmtree|remove_tree|truncate|rmdir)\b",
    "ruby": r"\b(?:rm_rf|rm_r|rm_f|remove_entry|remove_dir|unlink|delete|truncate|rmtree)\b(?=\s*\(?\s*[\"'\[])",
    "php": r"\b(?:unlink|rmdir)\b(?=\s*\()",
}
GLOBS = str.maketrans(dict.fromkeys("*?", UNKNOWN_PART))
OVERWRITERS = frozenset({"truncateSync", "truncate", "writeFileSync", "writeFile"})


def _read(
    language: str, text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    del carrier, surroundings
    for found in re.finditer(SHELLS[language], text):
        argument = _constant(text, found.end())
        if argument is None:
            yield Unknown(f"{language} runs a program it names at run time", text[found.start() : found.start() + 120])
        else:
            yield Payload("shell", text=Word(argument), how=language)
    for found in re.finditer(REMOVERS[language], text):
        argument = _constant(text, found.end())
        program = "tee" if found[0] in OVERWRITERS else "rm"
        if argument is None:
            yield Unknown(f"{language} destroys a file it names at run time", text[found.start() : found.start() + 120])
        else:
            yield Payload("argv", words=(Word(program), _path(argument)), how=language)
    if language in ("perl", "ruby", "php"):
        yield from (Payload("shell", text=Word(tick), how=language) for tick in re.findall(r"`([^`]+)`", text))
    yield Command(f"{language} code", (Word(language),), via=inner.via, cwd=inner.cwd)


def _constant(text: str, start: int) -> str | None:
    found = ARGUMENT.match(text, start)
    if found is None:
        return None
    value = found[1] if found[1] is not None else found[2]
    return value.replace('\\"', '"').replace("\\'", "'")


def _path(argument: str) -> Word:
    """A path as these languages' calls take it, where a glob stands for names that are not known here."""
    text = argument.translate(GLOBS)
    return Word(text, known=text == argument)


javascript = partial(_read, "javascript")
perl = partial(_read, "perl")
php = partial(_read, "php")
ruby = partial(_read, "ruby")
