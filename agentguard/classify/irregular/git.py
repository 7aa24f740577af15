"""git: what a push overwrites or deletes by its refspecs, and which files a checkout or restore takes back."""

from __future__ import annotations

from dataclasses import replace

from agentguard.classify import files
from agentguard.classify.row import effect_of_row, matched
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.parse.irregular.git_alias import alias
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool

TAKES_FILES_BACK = frozenset({"checkout", "restore", "rm"})
TREEISH = ("HEAD", "@", "FETCH_HEAD", "ORIG_HEAD", "origin/", "refs/", "stash@")


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """A push by its refspecs, files taken back by what they hold now; everything else as its row says."""
    if row is None:
        return _named(command, tool, surroundings)
    name = command.path[0] if command.path else ""
    if name == "push":
        return _push(effect_of_row(tool, row, command), command)
    if name == "branch" and command.has("-d") and command.has("-f"):  # together they are -D
        return (replace(effect_of_row(tool, row, command), verb=Verb.DELETE, undo=Undo.NONE),)
    if name in TAKES_FILES_BACK and not command.has("--cached", "--staged", "-b", "-B", "--orphan"):
        paths = _paths(name, command, surroundings)
        if paths:
            said = effect_of_row(tool, row, command)
            if said.verb is Verb.READ:  # a dry run
                return (said,)
            effect = replace(said, kind="file", objects=matched(paths), undo=Undo.UNKNOWN,
                             at="files", verb=Verb.DELETE if name == "rm" else Verb.OVERWRITE)  # fmt: skip
            return files.spread(effect, command, surroundings)
    return None


def _named(command: Command, tool: Tool, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """A read for an alias of the configuration, which is read beside it; None for a name that nobody knows."""
    if not alias(command, surroundings):
        return None
    return (Effect(Verb.READ, "git.alias", at=tool.at, undo=Undo.TRIVIAL, row="git alias", source=command),)


def _push(effect: Effect, command: Command) -> tuple[Effect, ...] | None:
    """What is forced or deleted, branch by branch; None where the row decides (a plain push, a dry run)."""
    if command.has("-n", "--dry-run"):
        return None
    refspecs = [word.text for word in command.operands[1:]]
    deleted = [ref.lstrip("+:") for ref in refspecs if ref.startswith(":") or command.has("-d", "--delete")]
    force = command.has("-f", "--force", "--force-with-lease", "--force-if-includes", "--mirror")
    forced = [ref.lstrip("+") for ref in refspecs if (force or ref.startswith("+")) and ref not in deleted]
    found: list[Effect] = []
    if deleted:
        found.append(replace(effect, verb=Verb.DELETE, kind="git.branch", objects=_branches(deleted), undo=Undo.UNKNOWN,
                             because="the branch is gone from the remote for everyone"))  # fmt: skip
    if forced or (force and not refspecs):
        lease = command.has("--force-with-lease")
        found.append(replace(effect, verb=Verb.OVERWRITE, kind="git.branch", objects=_branches(forced),
                             undo=Undo.BACKUP if lease else Undo.NONE,
                             reach=Reach.ALL if command.has("--mirror") else Reach.ONE,
                             because="commits on the remote that are not in this branch are dropped"))  # fmt: skip
    return tuple(found) or None


def _branches(refspecs: list[str]) -> tuple[str, ...]:
    """The remote side of each refspec, as a plain branch name."""
    return tuple(ref.rsplit(":", 1)[-1].removeprefix("refs/heads/") for ref in refspecs)


def _paths(name: str, command: Command, surroundings: Surroundings) -> tuple[str, ...]:
    """The operands that are paths: all of restore and rm; of checkout those behind `--` or a tree, or files."""
    words = [word.text for word in command.operands]
    if name == "checkout":
        words = _after_tree(words, command, surroundings)
    return tuple("." if word in (":/", ":") else word.removeprefix(":/") for word in words)


def _after_tree(words: list[str], command: Command, surroundings: Surroundings) -> list[str]:
    texts = [word.text for word in command.argv]
    if "--" in texts:
        return texts[texts.index("--") + 1 :]
    if len(words) > 1:
        return words[1:]
    if words and (words[0] in (".", ":/") or _is_file(words[0], command, surroundings)):
        return words
    return []


def _is_file(word: str, command: Command, surroundings: Surroundings) -> bool:
    path = files.absolute(word, command, surroundings)
    return not word.startswith(TREEISH) and path.startswith("/") and surroundings.exists(path)
