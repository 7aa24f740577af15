"""The grammar of commands: lists, pipelines, simple commands, redirects. Compound commands are in `compound`.

Hand-written recursive descent; reserved words count only where a command may begin. A text is read a line at a time,
as bash does: what stands before an error is kept, the error is an `Unread`, and reading goes on behind its line.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentguard.parse.shell import compound
from agentguard.parse.shell.arguments import array_text, assignment, declaration
from agentguard.parse.shell.lexer import (
    AHEAD,
    END,
    Cursor,
    Grammar,
    Unreadable,
    Waiting,
    blanks,
    join,
    lines,
    newline,
    operator,
    redirect,
    start,
)
from agentguard.parse.shell.tree import (
    AndOr,
    Assignment,
    Background,
    Node,
    Not,
    Pipeline,
    Redirected,
    Redirection,
    Script,
    Simple,
    Unread,
    Written,
)
from agentguard.parse.shell.words import WORD, ansi, body, double, operand, word

ERROR_LIMIT = 16  # errors of one text after which its rest is left Unread
RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|while|until|do|done|for|foreach|select|case|esac|function|repeat|coproc|time|always|end"
    r"|in|\[\[|\]\]|\{|\}|!|nocorrect|noglob|-)(?=[ \t\n;&|<>()\0]|\\\n)"
)
ENDED = re.compile(r"(?:[ \t]|\\\n)*[\n;&|)#\0]")
CLOSERS = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}", "always", "end", "in", "]]"})
ZSH_ONLY = frozenset({"repeat", "foreach", "end", "always", "nocorrect", "noglob", "-"})
NOT_ZSH = frozenset({"in", "]]"})
DECLARES = frozenset({"declare", "typeset", "local", "export", "readonly", "integer", "float"})
PREFIXES = frozenset({"command", "builtin", "noglob", "nocorrect", "-"})
TOP = frozenset({""})  # no closer: the commands of a whole text


@lru_cache(maxsize=256)
def parse(text: str, dialect: str = "bash") -> Script:
    """The tree of a text. Never raises: what cannot be read is an Unread in it."""
    return whole(Cursor(start(text), dialect, GRAMMAR))


@lru_cache(maxsize=256)
def text_word(text: str, dialect: str = "bash") -> Written:
    """A text under the rules of double quotes, as the shell reads a subscript or a prompt once more."""
    return body(Cursor(start(text), dialect, GRAMMAR), text)


def whole(c: Cursor) -> Script:
    """Everything up to the end of the cursor's text, with an Unread for each line that is not shell."""
    found: list[Node] = []
    for _ in range(ERROR_LIMIT):
        c.begun = c.at
        depth = c.depth
        try:
            _items(c, TOP, found)
            if c.text[c.at] == END:
                return Script(tuple(found))
            raise c.fail(f"unexpected `{c.text[c.at : c.at + 8].strip(END).split()[0]}`")
        except Unreadable as error:
            found.append(_unread(c, error))
            c.depth, c.inside, c.waiting = depth, 0, []
    found.append(Unread("too many lines that are not shell", c.text[c.at : -AHEAD], limit=True))
    return Script(tuple(found))


def _unread(c: Cursor, error: Unreadable) -> Unread:
    """All from the beginning of the command with the error to the end of its line, which is passed."""
    first = c.text.rfind("\n", c.begun, error.at) + 1 or c.begun
    last = c.text.find("\n", error.at)
    line = c.text[first : last if last >= 0 else -AHEAD].strip("\0\n")
    end = c.text.find("\n", max(error.at, c.at))
    c.at = len(c.text) - AHEAD if end < 0 else end + 1
    return Unread(f"{error.why}, at character {error.at}", line, error.limit, source=c.text[c.begun : c.at])


def script(c: Cursor, closers: frozenset[str]) -> Script:
    """Commands up to one of the closers (reserved words, `)`, `;;`), which stays."""
    found: list[Node] = []
    _items(c, closers, found)
    return Script(tuple(found))


def _items(c: Cursor, closers: frozenset[str], found: list[Node]) -> None:
    while True:
        lines(c)
        if closers is TOP:
            c.begun = c.at
        if c.text[c.at] == END or _closed(c, closers):
            return
        place = len(found)
        node = and_or(c)
        found.append(node)
        if closers is TOP:
            c.begun = c.at
        blanks(c)
        sign = operator(c)
        if sign in ("&", "&!", "&|"):
            found[place] = Background(node)
        if sign in ("&", "&!", "&|", ";"):
            c.at += len(sign)
        elif sign == "\n":
            newline(c)
        elif not sign and not (c.zsh and c.text[c.at] in "{}"):
            _closing(c, closers)
            return
        elif sign or c.text[c.at] in "{}":
            return


def _closing(c: Cursor, closers: frozenset[str]) -> None:
    """Behind a command without a separator only the end, or a closer of a compound command, may stand."""
    if c.text[c.at] != END and not _closed(c, closers):
        raise c.fail("a separator is missing")


def _closed(c: Cursor, closers: frozenset[str]) -> bool:
    if c.text[c.at] in ");":
        sign = operator(c)
        return sign in closers or sign in (")", ";;", ";&", ";;&", ";|")
    name = reserved(c)
    return bool(name) and (name in closers or (name in CLOSERS and not (name in ZSH_ONLY and not c.zsh)))


def reserved(c: Cursor) -> str:
    """The reserved word here, not taken; empty where there is none."""
    join(c)
    found = RESERVED.match(c.text, c.at)
    if not found:
        if c.zsh and c.text[c.at] in "{}":
            return c.text[c.at]
        return ""
    name = found.group()
    return "" if name in (NOT_ZSH if c.zsh else ZSH_ONLY) else name


def and_or(c: Cursor) -> Node:
    """Pipelines joined by `&&` and `||`."""
    first = pipeline(c)
    rest: list[tuple[str, Node]] = []
    while True:
        blanks(c)
        sign = operator(c)
        if sign not in ("&&", "||"):
            return AndOr(first, tuple(rest)) if rest else first
        c.at += 2
        lines(c)
        rest.append((sign, pipeline(c)))


def pipeline(c: Cursor) -> Node:
    """Commands joined by pipes, behind any `time` and `!`."""
    begin = c.at
    negated = _prefixes(c)
    if c.at > begin and (c.text[c.at] == END or operator(c) in ("\n", ";", ")")):
        return Script(())  # `time` and `!` may stand alone
    first = command(c)
    stages = [first]
    while True:
        blanks(c)
        sign = operator(c)
        if sign not in ("|", "|&"):
            whole = Pipeline(tuple(stages)) if len(stages) > 1 else first
            return Not(whole) if negated else whole
        c.at += len(sign)
        lines(c)
        if reserved(c) == "!":
            raise c.fail("unexpected `!`")
        stages.append(command(c))


def _prefixes(c: Cursor) -> bool:
    """`time`, its options, and `!`: whether what follows is negated. They change nothing that runs."""
    negated = False
    while (name := reserved(c)) in ("time", "!", "nocorrect", "noglob", "-"):
        c.at += len(name)
        blanks(c)
        negated ^= name == "!"
        join(c)
        while name == "time" and re.match(r"(?:-p|--)(?=[ \t\n;&|<>()\0])", c.text[c.at : c.at + 3]):
            c.at += 2
            blanks(c)
            join(c)
    return negated


def command(c: Cursor) -> Node:
    """One command: compound with its redirects, or simple."""
    c.count()
    name = reserved(c)
    node = compound.compound(c, name)
    if node is None:
        return simple(c, name)
    redirects = list(_redirects(c))
    return Redirected(node, tuple(redirects)) if redirects else node


def _redirects(c: Cursor) -> list[Redirection]:
    found: list[Redirection] = []
    while True:
        blanks(c)
        another = _redirection(c)
        if another is None:
            return found
        found.append(another)


def simple(c: Cursor, name: str) -> Node:
    """A simple command, or the definition of a function where `()` follows its first word."""
    if name in CLOSERS:
        raise c.fail(f"unexpected `{name}`")
    assignments: list[Assignment] = []
    words: list[Written] = []
    redirects: list[Redirection] = []
    while True:
        blanks(c)
        letter = c.text[c.at]
        redirection = _redirection(c) if letter.isdigit() or letter in "<>&{\\" else None
        if redirection:
            redirects.append(redirection)
        elif letter == "(" and len(words) == 1 and not assignments and not (redirects and not c.zsh):
            return compound.function(c, words[0].source)
        elif not _argument(c, assignments, words):
            break
    if not (assignments or words or redirects):
        sign = operator(c) or c.text[c.at].strip(END)
        raise c.fail(f"unexpected `{sign}`".replace("\n", "\\n") if sign else "the text ends where a command should be")
    return Simple(tuple(assignments), tuple(words), tuple(redirects))


def _argument(c: Cursor, assignments: list[Assignment], words: list[Written]) -> bool:
    """Take one assignment or word; false where a simple command ends."""
    if not words:
        if c.text[c.at : c.at + 1] in "?*+@!" and re.match(r"[?*+@!]\([ \t]*\)", c.text[c.at : c.at + 40]):
            c.at += 1
            words.append(Written((), c.text[c.at - 1], plain=c.text[c.at - 1]))
            return True
        found = assignment(c)
        if found:
            assignments.append(found)
            return True
    elif (last := _declares(words)) or words[0].plain in ("eval", "let"):
        argument = declaration(c) if last else array_text(c)
        if argument:
            words.append(argument)
            return True
    if c.zsh and c.text[c.at] == "}":  # there it closes a group wherever it stands
        return False
    argument = word(c, WORD)
    if argument.source:
        words.append(argument)
    return bool(argument.source)


def _declares(words: list[Written]) -> bool:
    first = words[0].plain
    return first in DECLARES or (first in PREFIXES and len(words) > 1 and words[1].plain in DECLARES)


def _redirection(c: Cursor) -> Redirection | None:
    """The redirect here, if one stands here; a heredoc's text is read at the end of its line."""
    found = redirect(c)
    if not found:
        return None
    descriptor, sign = found.group(1) or "", found.group(2)
    c.at = found.end()
    blanks(c)
    target = word(c)
    if not target.source:
        raise c.fail(f"`{sign}` has no target")
    if c.dialect == "sh" and sign[0] == "&" and not ENDED.match(c.text, c.at):
        raise c.fail("`&>` ends a command in some shells and not in others")
    redirection = Redirection(descriptor, sign, target)
    if sign in ("<<", "<<-"):
        c.waiting.append(_waiting(target.source, sign, redirection))
        object.__setattr__(redirection, "target", Written((), "", plain=""))  # stands if no newline follows
    return redirection


def _waiting(source: str, sign: str, redirection: Redirection) -> Waiting:
    """A heredoc's delimiter is its word without quotes; any quote makes its text dead."""
    source = source.replace("\\\n", "")
    bare = re.sub(r"\$?'([^']*)'|\$?\"([^\"]*)\"|\\(.)", lambda found: "".join(filter(None, found.groups())), source)
    return Waiting(bare, bare != source, sign == "<<-", redirection)


GRAMMAR = Grammar(script, and_or, command, whole, body, operand, double, ansi)
