"""Hold the tree of every collected text against the text: `python -m tests.public.every_byte [FILTER]`."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

from agentguard.parse.shell.grammar import parse
from tests.parse.shell.cover import Cover, LostError
from tests.public.bash_agrees import collected
from tests.public.extract import Snippet


def main() -> None:
    """Print each text of which something is in no node, and how many there are."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    texts = [snippet for snippet in collected() if wanted in f"{snippet.dialect}:{snippet.source}"]
    with ProcessPoolExecutor() as pool:
        answers = list(pool.map(lost, texts, chunksize=64))
    for snippet, answer in zip(texts, answers, strict=True):
        if answer:
            sys.stdout.write(f"{snippet.dialect} {snippet.source}: {answer}\n")
    sys.stdout.write(f"{sum(map(bool, answers))} of {len(texts)} texts have bytes outside every node\n")


def lost(snippet: Snippet) -> str:
    """What of a text is in no node; empty where nothing is."""
    text = snippet.text.replace("\0", "")
    try:
        Cover(text).whole(parse.__wrapped__(text, snippet.dialect))
    except LostError as error:
        return str(error)
    except RecursionError:
        return "nested too deeply to be held against its tree"
    return ""


if __name__ == "__main__":
    main()
