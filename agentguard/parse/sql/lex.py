"""SQL text into tokens, by the lexical rules of its dialect. Comments and blanks are dropped.

Promises that every character of the text lies in a token, a comment or a blank, and that a string, name or comment
that is never closed is refused: what follows could be read in two ways. The parser only ever sees text written anew
from these tokens (`written`), so the two cannot differ on where a string ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from agentguard.tools.sql import Lexing

WORD, NAME, STRING, NUMBER, PARAM, SIGN, HOLE = "word", "name", "string", "number", "param", "sign", "hole"
HOLE_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands in folded text for a part made at run time
# Operators that the parser knows; another one is written as `||`.
PARSED_SIGNS = frozenset(
    "+ - * / % < > = <= >= <> != || ^ | & ~ ~* !~ !~* -> ->> #> #>> @> <@ && :: := => . , ; ( ) [ ] { } : ? <=> << >> "
    "@ ! ~~ !~~ ~~* !~~* == **".split()
)


class Unreadable(Exception):
    """The text cannot be read; its text says why."""


class Token(NamedTuple):
    """One token: its kind, its text (of strings and names: what they mean), lower-cased, and where it stands."""

    kind: str
    text: str
    low: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        return self.kind == WORD and self.low in words

    def is_sign(self, *signs: str) -> bool:
        return self.kind == SIGN and self.text in signs


Tokens = tuple[Token, ...]


def lex(text: str, rules: Lexing) -> Tokens:
    """The tokens of a text, adjacent strings joined. Raises Unreadable."""
    tokens: list[Token] = []
    join(tokens, stream(text, rules))
    return tuple(tokens)


def join(tokens: list[Token], more: Iterable[Token]) -> None:
    """Append tokens, strings that follow each other as one. What came before a failure stays."""
    for token in more:
        before = tokens[-1] if tokens else None
        if token.kind == STRING and before and before.kind == STRING and before.end < token.start:
            joined = before.text + token.text
            tokens[-1] = Token(STRING, joined, joined.lower(), before.start, token.end)
        else:
            tokens.append(token)


def stream(text: str, rules: Lexing) -> Iterator[Token]:
    """The tokens of a text, one by one. Raises Unreadable at the place where it stops making sense."""
    at = 0
    while at < len(text):
        kind, value, end = step(text, at, rules)
        if kind:
            yield Token(kind, value, value.lower(), at, end)
        at = end


def step(text: str, at: int, rules: Lexing) -> tuple[str, str, int]:
    """The token, comment or blank at `at`: its kind ("" for comments and blanks), its meaning and where it ends."""
    found = _master(rules).match(text, at)
    if found is None or found.lastgroup is None:  # the last alternative takes any character, so this does not happen
        raise Unreadable("a character that no rule reads")
    sort, source, end = found.lastgroup, found.group(), found.end()
    match sort:
        case "blank" | "line":
            return "", "", end
        case "comment":
            return "", "", _comment_end(text, at, rules)
        case "dollar":
            return _dollar(text, source, end)
        case "open":
            raise Unreadable("a string or a quoted name is never closed")
        case "stray":
            raise Unreadable("a backslash stands outside a string")
        case "sign":
            source = _operator(source)
            return SIGN, source, at + len(source)
        case "word" | "number" | "param" | "hole":
            return sort, source, end
        case _:
            kind, value = _quoted(sort, source)
            return kind, value, end


def _quoted(sort: str, source: str) -> tuple[str, str]:
    """The meaning of a quoted token. `sort` tells the family: plain, escaped, raw, triple, oracle, unicode, name."""
    match sort.rstrip("0123456789"):
        case "plain":
            return STRING, _inside(source)
        case "escaped":
            return STRING, _unescaped(_inside(source, keep=True))
        case "triple":
            return STRING, source[source.index(source[-1]) + 3 : -3]
        case "oracle":
            return STRING, source[source.index("'") + 2 : -2]
        case "unicode":
            return STRING, _unicode(_inside(source[2:]))
        case "uname":
            return NAME, _unicode(_inside(source[2:]))
        case _:
            return NAME, _inside(source)


def _inside(source: str, *, keep: bool = False) -> str:
    """The text between the quotes; doubled closing quotes are one (`keep` leaves escaped ones to the unescaping)."""
    start = next(i for i, c in enumerate(source) if c in "'\"`[")
    close = "]" if source[start] == "[" else source[start]
    inner = source[start + 1 : -1]
    return inner if keep and "\\" in inner else inner.replace(close * 2, close)


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "Z": "\x1a"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)|(['\"])\2", re.DOTALL)


def _unescaped(inner: str) -> str:
    def meaning(found: re.Match[str]) -> str:
        body = found.group(1)
        if body is None:
            return found.group(2)
        if body[0] in "xuU" and len(body) > 1:
            return _character(int(body[1:], 16))
        if body.isdigit() and len(body) == 3:
            return _character(int(body, 8))
        return ESCAPES.get(body, body)

    return _ESCAPE.sub(meaning, inner)


def _unicode(inner: str) -> str:
    r"""`U&'…'`: \XXXX and \+XXXXXX are characters. A UESCAPE clause leaves the name unread, which only hides a name."""
    return re.sub(
        r"\\(?:\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|(\\))",
        lambda m: m.group(3) or _character(int(m.group(1) or m.group(2), 16)),
        inner,
    )


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}"


def _dollar(text: str, tag: str, end: int) -> tuple[str, str, int]:
    close = text.find(tag, end)
    if close < 0:
        raise Unreadable(f"the string {tag} is never closed")
    return STRING, text[end:close], close + len(tag)


_MARK = re.compile(r"/\*|\*/")


def _comment_end(text: str, at: int, rules: Lexing) -> int:
    depth = 0
    for mark in _MARK.finditer(text, at):
        if mark.start() == at + 1:  # `/*/` opens and does not close
            continue
        depth += 1 if mark.group() == "/*" and (rules.nested == "yes" or depth == 0) else 0
        depth -= mark.group() == "*/"
        if depth == 0:
            return mark.end()
    raise Unreadable("a comment is never closed")


ASKED = frozenset({"=?", "<?", ">?", "<>?", "!=?", "<=?", ">=?"})  # a comparison with a parameter, not an operator


def _operator(source: str) -> str:
    """One operator out of a run of operator characters, as PostgreSQL cuts it (section 4.1.3 of its manual)."""
    for mark in ("--", "/*"):
        source = source.split(mark, maxsplit=1)[0] if mark in source[1:] and not source.startswith(mark) else source
    if not set(source) & set("~!@#%^&|`?"):
        source = source.rstrip("+-") or source[:1]
    return source[:-1] if source in ASKED else source


def _string(quote: str, *, backslash: bool) -> str:
    middle = (
        rf"[^{quote}\\]*(?:(?:{quote}{quote}|\\.)[^{quote}\\]*)*"
        if backslash
        else rf"[^{quote}]*(?:{quote}{quote}[^{quote}]*)*"
    )
    return f"{quote}{middle}{quote}"


@cache
def _master(rules: Lexing) -> re.Pattern[str]:
    """One expression for all tokens of a dialect; the first alternative that matches wins."""
    rows = [
        ("blank", r"\s+"),
        *_comments(rules),
        ("hole", rf"{HOLE_MARK}+|\{{\{{.{{0,1000}}?\}}\}}"),
        *_strings(rules),
        *_names(rules),
    ]
    first = "@#" if "[" in rules.names and "`" not in rules.names else ""
    at_names = r"|@@?[\w$.]+|@'[^']*'|@`[^`]*`|@\"[^\"]*\"" if rules.at else ""
    rows += [
        ("param", (r"(?<![:\w]):[A-Za-z_]\w*|" if rules.binds else "") + r"\$\w+|%s\b|%\(\w+\)s" + at_names),
        ("word", rf"(?:[^\W\d]|[{first}_])[\w$@#]*" if first else r"[^\W\d][\w$#]*"),
        ("number", r"0[xX][0-9a-fA-F]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"),
        ("stray", r"\\(?!N\b)"),  # \N is MySQL's NULL
        ("open", "|".join(re.escape(q) for q in (*rules.strings, *rules.names))),
        ("sign", f"::|:=|=>|[{re.escape('-+*/<>=~!%^&|' + ('@#`?' if rules.operators else ''))}]{{1,63}}|."),
    ]
    if rules.dollar != "no":
        tag = r"\$(?:[^\W\d]\w*)?\$" if rules.dollar == "tagged" else r"\$\$"
        rows.insert(1, ("dollar", tag))
    return re.compile("|".join(f"(?P<{name}>{expression})" for name, expression in rows), re.DOTALL)


def _comments(rules: Lexing) -> list[tuple[str, str]]:
    rest = r"[^\r\n]*" if rules.returns else r"[^\n]*"
    marks = "|".join(
        ("(?<![:/])" if m == "//" else "") + re.escape(m.strip()) + (r"(?=[\s\x00-\x1f]|\Z)" if m.endswith(" ") else "")
        for m in rules.lines
    )
    return [("line", f"(?:{marks}){rest}"), ("comment", r"/\*")]


def _strings(rules: Lexing) -> list[tuple[str, str]]:
    rows = []
    escaped = rules.backslash == "yes"
    if "q" in rules.prefixes:
        shapes = r"\[.*?\]|\(.*?\)|\{.*?\}|<.*?>|(?P<delimiter>[^\s\[({<]).*?(?P=delimiter)"
        rows.append(("oracle", rf"[nN]?[qQ]'(?:{shapes})'"))
    if "u" in rules.prefixes:
        rows += [
            ("unicode", "[uU]&" + _string("'", backslash=False)),
            ("uname", "[uU]&" + _string('"', backslash=False)),
        ]
    if "e" in rules.prefixes:
        rows.append(("escaped0", "[eE]" + _string("'", backslash=True)))
    for index, quote in enumerate(rules.strings):
        letters = "".join(c + c.upper() for c in rules.prefixes if c in "nxb")
        if "r" in rules.prefixes:
            rows.append((f"triple{index}", rf"(?:[rR][bB]?|[bB][rR]?)?{quote * 3}(?:[^\\]|\\.)*?{quote * 3}"))
            rows.append((f"plain{index + 5}", r"(?:[rR][bB]?|[bB][rR])" + _string(quote, backslash=True)))
        if "w" in rules.prefixes:
            rows.append((f"plain{index + 5}", rf"[rR]{quote}[^{quote}]*{quote}"))
        prefix = f"[{letters}]?" if letters else ""
        rows.append((f"{'escaped' if escaped else 'plain'}{index + 1}", prefix + _string(quote, backslash=escaped)))
    return rows


def _names(rules: Lexing) -> list[tuple[str, str]]:
    shapes = {"[": r"\[[^\]]*(?:\]\][^\]]*)*\]"}
    escaped = "r" in rules.prefixes  # BigQuery's names take escapes as its strings do
    return [(f"quoted{i}", shapes.get(q) or _string(q, backslash=escaped)) for i, q in enumerate(rules.names)]


def written(tokens: Tokens, rules: Lexing, *, escapes: bool) -> str:
    """The tokens as text for the parser: no comments, one way of quoting, operators it does not know as `||`.

    `escapes` tells that the parser takes a backslash in a string for an escape.
    """
    parts: list[str] = []
    end = tokens[0].start if tokens else 0
    for token in tokens:
        if token.start > end:
            parts.append(" ")
        parts.append(_written(token, rules, escapes=escapes))
        end = token.end
    return "".join(parts)


def _written(token: Token, rules: Lexing, *, escapes: bool) -> str:
    match token.kind:
        case "string":
            text = token.text.replace("\\", "\\\\") if escapes else token.text
            return "'" + text.replace("'", "''").replace("\0", "") + "'"
        case "name":
            quote = rules.names[0]
            close = "]" if quote == "[" else quote
            return quote + token.text.replace(close, close * 2) + close
        case "hole":
            return "agentguard_hole"
        case "param" if token.text[0] in "%$:":
            return ":p"
        case "sign" if token.text not in PARSED_SIGNS:
            return "||"
        case _:
            return token.text
