"""find: the commands in its expression (-exec, -execdir, -ok, -okdir), and the paths it would hand to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentguard.model.command import UNKNOWN_PART, Command, Word
from agentguard.parse.budget import WRAP_LIMIT, OverBudget
from agentguard.parse.budget import WRAP_LIMIT
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
NAMES = frozenset({"-name", "-iname"})
NARROWS = NAMES | frozenset(  # tests that leave something out: without one a find gives all that lies below
    "-path -ipath -regex -iregex -wholename -type -size -mtime -mmin -atime -amin -ctime -cmin -newer -newermt -user "
    "-group -perm -empty -maxdepth -mindepth -links -inum -samefile -not ! -prune -fstype -xtype -lname -uid -gid "
    "-nouser".split()
)
GLOBS = str.maketrans(dict.fromkeys("*?[]", UNKNOWN_PART))


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """Each command of the expression, `{}` put in the words as far as the paths are known."""
    del row, invocation, surroundings
    words = command.argv[1:]
    found = found_path(words)
    end, doubtful = -1, 0
    for start, word in enumerate(words):
        if word.text not in RUNS or start < end:
            continue
        past = _end(words, start + 1)
        run = tuple(_put(part, found) for part in words[start + 1 : past])
        yield Payload("argv", words=run, how="find " + word.text)
        if run and run[0].text.startswith("-"):  # the value of something: `-name -exec -exec rm {} ;` runs rm
            doubtful += 1
        else:
            end = past
        if doubtful > WRAP_LIMIT:
            raise OverBudget(f"more than {WRAP_LIMIT} commands of one find that end at the same place")


def _end(words: Sequence[Word], start: int) -> int:
    """Where the command that begins at `start` ends: at its `;` or `{} +`, or with the words."""
    for place in range(start, len(words)):
        text = words[place].text
        if text == ";" or (text == "+" and place > start and words[place - 1].text == "{}"):
            return place
    return len(words)


def _put(word: Word, found: Word) -> Word:
    return Word(word.text.replace("{}", found.text), found.known) if "{}" in word.text else word


def roots(words: Sequence[Word]) -> tuple[Word, ...]:
    """The starting points of a find, `.` where none is given."""
    found: list[Word] = []
    for word in words:
        if word.text.startswith(("-", "(", "!")) and word.text not in ("-H", "-L", "-P"):
            break
        if word.text not in ("-H", "-L", "-P"):
            found.append(word)
    return tuple(found) or (Word("."),)


def found_path(words: Sequence[Word]) -> Word:
    """What stands for the paths a find would give: its root, something unknown below, and the name it asks for.

    The root itself where nothing narrows the search.
    """
    root = roots(words)[0]
    texts = [word.text for word in words]
    if "-maxdepth" in texts[:-1] and texts[texts.index("-maxdepth") + 1] == "0":
        return root
    if not any(text in NARROWS for text in texts):
        return root
    name = next((texts[n + 1] for n, text in enumerate(texts[:-1]) if text in NAMES), "")
    last = name.translate(GLOBS) if name else UNKNOWN_PART
    return Word(f"{root.text.rstrip('/')}/{UNKNOWN_PART}/{last}", known=False)
