"""Compare the grammar with the shells themselves: `python -m tests.public.bash_agrees [FILTER]`.

Of what `bash -n` (`dash -n`, `zsh -n` for texts of those) accepts, nothing may be Unread; what it rejects must be
reported. Prints both shares for each kind of text, and every disagreement that has no reason in REASONS.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass

from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.tree import Parameter, Unread
from tests.public.collect import CACHE, FOUND, ZSH
from tests.public.extract import Snippet

VERDICTS = CACHE / "verdicts.jsonl"  # what the shells said, by digest: asking takes minutes, and they do not change
SHELLS = {
    # Completions and tests turn extglob on at run time, which -n cannot see: either way counts as accepted.
    "bash": (["bash", "-n"], ["bash", "-O", "extglob", "-n"]),
    "sh": (["dash", "-n"], ["bash", "-n"]),
    "zsh": ([shutil.which("zsh") or str(ZSH), "-n"],),
}
COMPLAINT = re.compile(rb"syntax error|unexpected|conditional binary operator expected")
SECONDS = 20  # bash alone takes long on some of its own tests


@dataclass(frozen=True, slots=True)
class Compared:
    """One text: whether the shell takes it, and why the grammar does not."""

    snippet: Snippet
    accepted: bool
    unread: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return self.accepted is not bool(self.unread)


def main() -> None:
    """Print the shares, and what disagrees."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    texts = [snippet for snippet in collected() if wanted in f"{snippet.dialect}:{snippet.source}"]
    verdicts = judged(texts)
    with ProcessPoolExecutor() as pool:
        unread = list(pool.map(found_unread, texts, chunksize=64))
    compared = [Compared(text, verdicts[digest(text)], why) for text, why in zip(texts, unread, strict=True)]
    for each in sorted((each for each in compared if not each.agrees), key=lambda each: each.accepted):
        what = "; ".join(each.unread)[:300] if each.accepted else f"is read: {each.snippet.text[:200]!r}"
        kind = "file" if each.snippet.whole else repr(each.snippet.text[:200])
        sys.stdout.write(
            f"{each.snippet.dialect} {each.snippet.source} ({kind if each.accepted else 'rejected'}): {what}\n"
        )
    _shares(compared)


def _shares(compared: list[Compared]) -> None:
    counts: Counter[tuple[str, bool, bool, bool]] = Counter(
        (each.snippet.dialect, each.snippet.whole, each.accepted, each.agrees) for each in compared
    )
    for dialect, whole, accepted in sorted({key[:3] for key in counts}):
        yes, no = (counts[dialect, whole, accepted, agrees] for agrees in (True, False))
        what = (
            f"{dialect:5} {'files' if whole else 'lines':6} {'accepted and read' if accepted else 'rejected and told'}"
        )
        sys.stdout.write(f"{what}  {yes:6} of {yes + no:6}  {yes / (yes + no):8.2%}\n")


def collected() -> Iterator[Snippet]:
    """Every text that was collected."""
    if not FOUND.exists():
        sys.exit("nothing is collected yet: run `python -m tests.public.collect`")
    with FOUND.open() as lines:
        for line in lines:
            yield Snippet(**json.loads(line))


def digest(snippet: Snippet) -> str:
    """What a verdict is kept under."""
    text = f"{snippet.dialect}\0{snippet.text}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def judged(texts: list[Snippet]) -> dict[str, bool]:
    """What the shells say of each text, asked once and kept."""
    kept: dict[str, bool] = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else {}
    new = [text for text in texts if digest(text) not in kept]
    with ThreadPoolExecutor(4) as pool:
        kept.update(zip(map(digest, new), pool.map(accepts, new), strict=True))
    if new:
        VERDICTS.write_text(json.dumps(kept))
    return kept


def accepts(snippet: Snippet) -> bool:
    """Whether a shell of that dialect takes the text: it reads it only, it runs nothing."""
    data = snippet.text.encode("utf-8", "surrogateescape")
    return any(_takes(command, data) for command in SHELLS[snippet.dialect])


def _takes(command: list[str], data: bytes) -> bool:
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    # At the end of its input bash -n forgets its status after some errors; what it says is still an error.
    return done.returncode == 0 and not COMPLAINT.search(done.stderr)


def found_unread(snippet: Snippet) -> tuple[str, ...]:
    """Why parts of the text are not read."""
    return tuple(_unread(parse.__wrapped__(snippet.text, snippet.dialect)))


def _unread(node: object) -> Iterator[str]:
    if isinstance(node, Unread):
        yield f"{node.why} in {node.text[:60]!r}"
    elif isinstance(node, Parameter) and node.operator == "bad":
        yield f"unknown expansion {node.source[:60]!r}"
    elif isinstance(node, tuple):
        for each in node:
            yield from _unread(each)
    elif is_dataclass(node):
        for each in fields(node):
            yield from _unread(getattr(node, each.name))


if __name__ == "__main__":
    main()
