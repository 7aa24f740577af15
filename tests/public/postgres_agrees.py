"""PostgreSQL's own regression SQL: `python -m tests.public.postgres_agrees [EVERY]`. It lands in the cache, not in git.

Its grammar's tree is held against what is read: no statement that it shows to change or administer anything may be
called a read, and nothing may fail inside. Of the plain SELECTs (no INTO, no change in a WITH, and no function but
those that the server's catalog has as immutable or stable) less than one in a hundred may be held; a SELECT of
another function is, since its body is not at hand. Then comments, case, blanks and quotes are written otherwise:
neither the number of statements nor what they do may change, or the text is held. EVERY takes each n-th statement
only.
"""

from __future__ import annotations

import random
import re
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pgparse  # type: ignore[import-not-found]  # it brings no types

from agentguard.classify.sql import effects_of
from agentguard.model.command import Statement, Unknown
from agentguard.model.effect import Verb
from agentguard.parse.budget import Budget
from agentguard.parse.sql import statements
from tests.public.collect import CACHE, apt_get, fetched

SOURCE, PINNED = "postgresql-15", "postgresql-15=15.18-0+deb12u1"
HELD_LIMIT = 0.01  # of plain SELECTs
FUZZED = 12_000
# Nodes that neither change nor administer anything by themselves.
READS = {
    *("SelectStmt", "ExplainStmt", "VariableShowStmt", "FetchStmt", "DeclareCursorStmt", "ClosePortalStmt"),
    *("PrepareStmt", "DeallocateStmt", "ExecuteStmt", "TransactionStmt", "ListenStmt", "UnlistenStmt", "NotifyStmt"),
    *("ConstraintsSetStmt", "VariableSetStmt", "ReturnStmt", "CopyStmt"),
    "DoStmt",  # what its body does is told apart: `bodies`
}
TOKEN = re.compile(
    r"--[^\n]*|(?P<comment>/\*)|(?P<tag>\$(?:[A-Za-z_]\w*)?\$)|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'"
    r'|"(?:[^"]|"")*"|\\[^\n]*|[A-Za-z_][\w$]*|.',
    re.DOTALL,
)


def main() -> None:
    """Read every statement, print what is wrong and the figures; 1 where one of the promises does not hold."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    texts = list(dict.fromkeys(text for file in regression_files() for text in cut(file)))[::every]
    valid = [(text, trees[0]) for text in texts if len(trees := parsed(text)) == 1]
    sys.stdout.write(f"{len(texts)} distinct statements, {len(valid)} that PostgreSQL's grammar takes\n")
    wrong = classed(valid) + fuzzed([text for text, _ in valid])
    sys.exit(bool(wrong))


def regression_files() -> Iterator[str]:
    """The regression SQL of the source package."""
    return sources(r"src/test/regress/sql/\w+\.sql$")


@cache
def stable() -> frozenset[str]:
    """The functions that no row of the server's catalog has as volatile."""
    (catalog,) = sources(r"src/include/catalog/pg_proc\.dat$")
    rows = re.findall(r"proname => '(\w+)'((?:[^{}']|'(?:[^'\\]|\\.)*')*)\}", catalog)
    volatile = {name for name, rest in rows if "provolatile => 'v'" in rest}
    return frozenset(name for name, _ in rows) - volatile


def sources(pattern: str) -> Iterator[str]:
    """The files of the source package whose path ends so."""
    place = CACHE / "postgresql"
    fetched(place, [*apt_get(), "source", "--download-only", "-qq"], SOURCE, PINNED)
    (archive,) = place.glob("*.orig.tar.*")
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and re.search(pattern, member.name):
                held = tar.extractfile(member)
                yield held.read().decode(errors="replace") if held else ""


def cut(text: str) -> Iterator[str]:
    """The statements of a psql script, told without the code under test; its own commands end one."""
    at = start = depth = 0
    for token in pieces(text):
        low = token.lower()
        depth += token in "([" or low == "atomic" or (low == "case" and depth > 0)
        depth -= token in ")]" or (low == "end" and depth > 0)
        if (token == ";" and depth <= 0) or token.startswith("\\"):
            yield text[start:at].strip()
            start, depth = at + len(token), 0
        at += len(token)


def pieces(text: str) -> Iterator[str]:
    """Tokens, comments, blanks and whole strings, one after the other."""
    at = 0
    while found := TOKEN.match(text, at):
        start, at = at, found.end()
        if found["comment"]:
            at = comment_end(text, start)
        elif found["tag"]:
            close = text.find(found["tag"], at)
            at = len(text) if close < 0 else close + len(found["tag"])
        yield text[start:at]


def comment_end(text: str, at: int) -> int:
    """Behind a comment that may hold others."""
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return at + mark.end()
    return len(text)


def parsed(text: str) -> list[dict[str, Any]]:
    """The trees of a text; none where the grammar refuses it."""
    try:
        return pgparse.parse(text) if text else []
    except (pgparse.PGQueryError, RecursionError):
        return []


def verdict(text: str) -> str:
    """What a statement is taken for: read, held (something is unknown), or the worst that it does."""
    parts = statements(text, "postgres", "wire", None, Budget())
    failed = [part.why for part in parts if isinstance(part, Unknown) and "itself failed" in part.why]
    if failed:
        return f"crash: {failed[0]}"
    verbs = {e.verb for part in parts if isinstance(part, Statement) for e in effects_of(part, "database")}
    if any(isinstance(part, Unknown) for part in parts) or Verb.UNKNOWN in verbs:
        return "held"
    return "read" if verbs <= {Verb.READ} else "more"


def classed(valid: list[tuple[str, dict[str, Any]]]) -> int:
    """Read all; print how the verdicts spread and every one that breaks a promise."""
    spread: Counter[tuple[str, str]] = Counter()
    slips: list[str] = []
    times: list[float] = []
    held: list[str] = []
    for text, tree in valid:
        began = time.perf_counter()
        said = verdict(text)
        times.append(time.perf_counter() - began)
        sort = sort_of(tree, text)
        spread[sort, said] += 1
        if said.startswith("crash") or (sort == "changes" and said == "read"):
            slips.append(f"{said}: {text[:200]!r}")
        if sort == "plain" and said == "held":
            held.append(text)
    sys.stdout.writelines(f"{slip}\n" for slip in slips)
    for (sort, said), count in sorted(spread.items()):
        sys.stdout.write(f"{sort:8} {said:6} {count}\n")
    share = len(held) / max(1, sum(count for (sort, _), count in spread.items() if sort == "plain"))
    times.sort()
    sys.stdout.write(f"plain SELECTs held: {share:.2%}; {len(slips)} called a read or crashed\n")
    median, late = (times[len(times) * part // 100] * 1e6 for part in (50, 99))
    sys.stdout.write(f"read and classified in {median:.0f} us (median), {late:.0f} us (99 of 100)\n")
    (CACHE / "postgresql" / "held.txt").write_text("\n;;\n".join(held))  # to look at
    return len(slips) + (share >= HELD_LIMIT)


def sort_of(tree: dict[str, Any], text: str = "") -> str:
    """plain: a SELECT that calls stable functions of the server only; select: another; changes: what does more."""
    nodes = list(walked(tree["stmt"]))
    names = {name for name, _ in nodes}
    (root,) = tree["stmt"]
    if "CMD_" in str(tree) and all(n["commandType"] == "CMD_NOTHING" for name, n in nodes if name == "MergeWhenClause"):
        names.discard("MergeStmt")  # every branch of it does nothing
    if any(name.endswith("Stmt") and name not in READS for name in names) or any("intoClause" in n for _, n in nodes):
        return "changes"
    if root == "DoStmt" and any(sort_of(inner) == "changes" for inner in bodies(text)):
        return "changes"
    if root != "SelectStmt":
        return "other"
    return "plain" if all(is_own(n) for name, n in nodes if name == "FuncCall") else "select"


def bodies(text: str) -> Iterator[dict[str, Any]]:
    """The trees of the statements that a DO of PL/pgSQL holds; none of what it makes at run time."""
    try:
        blocks = pgparse.parse_pgsql(text)
    except (pgparse.PGQueryError, RecursionError):
        return
    for name, node in walked(blocks):
        if name == "PLpgSQL_stmt_execsql":
            yield from parsed(node["sqlstmt"]["PLpgSQL_expr"]["query"])


def is_own(call: dict[str, Any]) -> bool:
    """Whether a called function is the server's own and cannot change anything."""
    schema, name = ("", *(part["String"]["sval"] for part in call["funcname"]))[-2:]
    return schema in ("", "pg_catalog") and name in stable()


def walked(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named node below; what an EXPLAIN only plans does not run."""
    for name, value in node.items() if isinstance(node, dict) else enumerate(node):
        if name == "ExplainStmt" and "analyze" not in str(value.get("options")):
            yield name, {}
            continue
        if isinstance(value, dict) and isinstance(name, str) and (name[:1].isupper() or name in ("larg", "rarg")):
            yield name, value
        if isinstance(value, dict | list):
            yield from walked(value)


def fuzzed(texts: list[str]) -> int:
    """Write statements otherwise and count those that are then read as something else and not held."""
    chance = random.Random(6)  # noqa: S311 - the same every time, no secret
    slips = same = 0
    for text in chance.sample(texts, min(FUZZED, len(texts))):
        other = "".join(otherwise(piece, chance) for piece in pieces(text))
        if "\\" in text or "/*" in text or meant(other) != meant(text):
            continue
        same += 1
        first, second = deeds(text), deeds(other)
        if second not in (first, "held"):
            slips += 1
            sys.stdout.write(f"otherwise: {text[:150]!r} {first}\n  {other[:200]!r} {second}\n")
    sys.stdout.write(f"{same} statements written otherwise; {slips} read as something else\n")
    return slips


def otherwise(token: str, chance: random.Random) -> str:
    """A token with another case, in quotes, or with a comment or other blanks beside it."""
    if token.isspace():
        return chance.choice([token, " \t", "\n", " /* ; drop table x; -- */ ", " --;drop table x\n", "/* /* ' */ */"])
    if re.fullmatch(r"[a-z_]\w*", token):
        return chance.choice([token, token, token.upper(), token.title(), f'"{token}"'])
    return token


def meant(text: str) -> str:
    """What the server's grammar makes of a text, without its constants; empty where it refuses it."""
    try:
        return str(pgparse.fingerprint(text)) if len(parsed(text)) == 1 else ""
    except pgparse.PGQueryError:
        return ""


def deeds(text: str) -> str:
    """The number of statements, and what each does to what (of reads only that they read), or `held`."""
    said = verdict(text)
    if said in ("held", "read"):
        return said
    parts = statements(text, "postgres", "wire", None, Budget())
    told = [{str((d.phrase, *d.objects)).lower() for d in part.deeds} for part in parts if isinstance(part, Statement)]
    return str([sorted(each) for each in told])


if __name__ == "__main__":
    main()
