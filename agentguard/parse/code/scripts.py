"""Scripting languages read by their tokens, for the calls that run a shell or destroy files.

Not a grammar: a table of calls a language, and constants as their arguments. A call of the table whose argument is not
constant hits something unknown; code without such a call is opaque, as any program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.code.addresses import SQL, address_in, by_url
from agentguard.parse.code.calls import Calls, Found
from agentguard.parse.code.spellings import SCRIPTS, Deed, Script
from agentguard.parse.code.tokens import Kind, tokens
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

UNKNOWN = Word(UNKNOWN_PART, known=False)
GLOBS = str.maketrans(dict.fromkeys("*?", UNKNOWN_PART))
RENAMED = re.compile(r"\b(\w+)\s*(?::|\bas\b)\s*(\w+)\b")  # `{rmSync: r}`, `import {rmSync as r}`
WRITING = ("w", "x", ">", "+>", ":write", "wb")
DEED_LIMIT = 500  # calls of one text that are read; people's scripts have a handful
UN = frozenset({"cp", "install", "ln", "mkdir", "mv", "rm", "rmdir", "touch"})  # what `ruby -run -e NAME` calls
Item = Payload | Command | Unknown


def read(language: str, text: str, carrier: Command, inner: Invocation, surroundings: Surroundings) -> Iterator[Item]:
    """What a script would run or destroy."""
    del surroundings
    yield from calls_of(SCRIPTS[language], language, text, inline=_inline(inner))
    if language == "ruby" and text.strip() in UN:
        yield Payload("argv", words=(Word(text.strip()), *carrier.operands), how="ruby")
    yield Command(f"{language} code", (Word(language),), via=inner.via, cwd=inner.cwd)


def calls_of(script: Script, language: str, text: str, *, inline: bool = True) -> Iterator[Item]:
    """What the calls of a text run or destroy. Read twice: constants are put into texts once they are known."""
    values = dict[str, Word]()
    for _ in Calls(list(tokens(text, script.spelling, values)), script.spelling, values, ()).all():
        pass
    found = list(tokens(text, script.spelling, values))
    names = {name.rsplit(".", 1)[-1] for name in script.calls} | set(script.calls) | script.queries
    address = address_in(token.word for token in found if token.kind is Kind.TEXT)
    renamed = {new: old for old, new in RENAMED.findall(text) if old in names} if language == "javascript" else {}
    count = 0
    for call in Calls(found, script.spelling, values, names | renamed.keys()).all():
        deed = _deed(script, call) or script.calls.get(renamed.get(call.name, ""))
        if call.qualifier and call.name in script.queries and call.arguments and SQL.match(call.arguments[0].text):
            yield _sent(language, call.arguments[0], address)
        elif deed is not None:
            count += 1
            yield from _done(language, script, deed, call, inline=inline)
        if count > DEED_LIMIT:
            yield Unknown(f"more than {DEED_LIMIT} calls that run or destroy something", text[:200], anywhere=True)
            break
    for token in found:
        if token.kind is Kind.CODE:
            yield Payload("shell", text=token.word, how=language)


def _sent(language: str, statement: Word, address: Word | None) -> Payload:
    """A statement that code sends to the database whose address it holds; without one, nothing says where it goes."""
    words = by_url(address, statement) if address else None
    if words is None:
        return Payload("sql", text=statement, how="wire", dialect="postgres")
    return Payload("argv", words=words, how=language)


def _inline(inner: Invocation) -> bool:
    """Whether the code stands in the line itself, and not in a file of the project."""
    return not (inner.via and inner.via[-1].how in ("script", "module"))


def _deed(script: Script, call: Found) -> Deed | None:
    if call.qualifier:
        deed = script.calls.get(f"{call.qualifier}.{call.name}")
        plain = script.calls.get(call.name)
        return deed or plain
    return script.calls.get(call.name)


def _done(language: str, script: Script, deed: Deed, call: Found, *, inline: bool) -> Iterator[Item]:
    words = call.arguments
    if deed is Deed.APPLY:
        applied = script.calls.get(words[0].text) if words else None
        if applied is not None:
            yield from _done(language, script, applied, Found(words[0].text, "", words[1:]), inline=inline)
        return
    if call.handed:
        words = (UNKNOWN,) if deed is Deed.REMOVE else ()
    elif deed is Deed.REMOVE and not words:
        words = call.receiver if call.qualifier else (UNKNOWN,) if language == "perl" else ()
    if words:
        yield from DOES[deed](language, words, inline)


def _shell(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    del inline
    if len(words) > 1 and words[0].known and " " not in words[0].text.strip():
        yield Payload("argv", words=words, how=language)
    else:
        yield Payload("shell", text=words[0], how=language)


def _line(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    del inline
    yield Payload("shell", text=words[0], how=language)


def _spawn(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    del inline
    if len(words) == 1 and " " in words[0].text.strip():  # with `shell: true` the text is a line
        yield Payload("shell", text=words[0], how=language)
    else:
        yield Payload("argv", words=words, how=language)


def _program(*program: str, count: int = 1) -> Callable[[str, tuple[Word, ...], bool], Iterator[Item]]:
    """The deed as the program that does the same with the first `count` arguments."""

    def does(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
        paths = tuple(_path(word) for word in words[:count])
        if len(paths) == count and (inline or program[0] != "tee" or paths[0].known):
            yield Payload("argv", words=(*map(Word, program), *paths), how=language)

    return does


def _remove(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    del inline
    yield Payload("argv", words=(Word("rm"), *map(_path, words)), how=language)


def _second(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    yield from DOES[Deed.WRITE](language, words[1:2], inline) if len(words) > 1 else ()


def _open(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    if words[0].text.startswith("|"):
        yield Payload("shell", text=Word(words[0].text[1:], words[0].known), how=language)
    elif len(words) > 1 and words[1].text.startswith(WRITING):
        yield from DOES[Deed.WRITE](language, words[:1], inline)


def _open_handle(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    """Perl: `open(F, ">file")`, `open(F, ">", "file")`, `open(F, "command |")`, `open(F, "-|", command)`."""
    way, rest = (words[1], words[2:]) if len(words) > 1 else (Word(""), ())
    text = way.text.strip()
    if text in ("-|", "|-") and rest:
        yield from _shell(language, rest, inline)
    elif text.startswith("|") or text.endswith("|"):
        yield Payload("shell", text=Word(text.strip("|"), way.known), how=language)
    elif text.startswith((">", "+>")) and not text.startswith(">>"):
        yield from DOES[Deed.WRITE](language, rest[:1] or (Word(text.lstrip("+> "), way.known),), inline)


def _eval(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    if words[0].known:
        yield Payload(language, text=words[0], how="eval")
    elif inline:
        yield Unknown(f"{language} runs code made at run time", words[0].text)


def _load(language: str, words: tuple[Word, ...], inline: bool) -> Iterator[Item]:
    """A file of the project; what a script on disk loads in turn is as opaque as any program."""
    name = words[0].text
    if inline and words[0].known and name.startswith((".", "/")):
        suffix = SCRIPTS[language].suffix
        yield Payload(language, file=Word(name if "." in name.rsplit("/", 1)[-1] else name + suffix), how="script")


DOES: Mapping[Deed, Callable[[str, tuple[Word, ...], bool], Iterator[Item]]] = {
    Deed.SHELL: _shell,
    Deed.LINE: _line,
    Deed.SPAWN: _spawn,
    Deed.REMOVE: _remove,
    Deed.WRITE: _program("tee"),
    Deed.WRITE_SECOND: _second,
    Deed.OPEN: _open,
    Deed.OPEN_HANDLE: _open_handle,
    Deed.MOVE: _program("mv", count=2),
    Deed.COPY: _program("cp", count=2),
    Deed.EVAL: _eval,
    Deed.LOAD: _load,
}


def _path(word: Word) -> Word:
    """A path as these languages' calls take it, where a glob stands for names that are not known here."""
    text = word.text.translate(GLOBS)
    return Word(text, word.known and text == word.text)


LANGUAGES: Mapping[str, Callable[[str, Command, Invocation, Surroundings], Iterator[Item]]] = {
    language: partial(read, language) for language in SCRIPTS
}
