"""What is lost when a path of this machine goes or is overwritten.

In the checkout: what git holds unchanged can be had back, what a build makes is trivial, the rest is lost. Outside:
lost. Named things in a temporary directory are scratch. The home, the root and a disk are the whole of something.
"""

from __future__ import annotations

import os.path
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase, translate

from agentguard.classify import git_files
from agentguard.classify.mounts import brought_home
from agentguard.model.command import UNKNOWN_PART, Command
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.surroundings import Surroundings

# Made by tools and made again by them, wherever they lie.
REGENERABLE = tuple(
    "node_modules bower_components __pycache__ .venv venv .tox .nox .eggs *.egg-info *.pyc *.pyo .pytest_cache "
    ".mypy_cache .ruff_cache .hypothesis .coverage htmlcov .nyc_output .cache .gradle .next .nuxt .svelte-kit .turbo "
    ".parcel-cache .angular .dart_tool .terragrunt-cache *.tsbuildinfo .eslintcache .stylelintcache .DS_Store".split()
)
# The same inside a checkout only: elsewhere such a name may be anybody's work.
BUILT = tuple(
    "build _build dist target out coverage tmp .tmp logs *.log *.o *.class cmake-build-* DerivedData storybook-static "
    "test-results playwright-report".split()
)
MADE_ANYWHERE, MADE_HERE = (re.compile("|".join(map(translate, names))) for names in (REGENERABLE, BUILT))
TEMPORARY = ("/tmp", "/var/tmp", "/private/tmp", "/dev/shm")  # noqa: S108 - these are the names judged, not used
SINKS = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/zero", "/dev/full", "/dev/fd/", "/proc/self/fd/")
OWN_DIRECTORY = "/proc/self/cwd"  # a link to the directory of whoever looks
SYSTEM = frozenset(
    "/ /bin /boot /dev /etc /home /lib /lib64 /opt /proc /root /sbin /srv /sys /usr /var /usr/bin /usr/lib /usr/local "
    "/var/lib /Users /System /Library /Applications".split()
)
DISKS = tuple(
    "/dev/sd* /dev/nvme* /dev/vd* /dev/hd* /dev/xvd* /dev/mmcblk* /dev/disk* /dev/rdisk* /dev/mapper/* /dev/dm-* "
    "/dev/md* /dev/loop*".split()
)
THERE = ("list the same paths first, with ls or find", "copy them aside on that host")
LOSING = frozenset({Verb.DELETE, Verb.OVERWRITE, Verb.RECREATE, Verb.DROP, Verb.MODIFY, Verb.EXPOSE})


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with one path: its kind, how it could be had back, whether it is the whole of something, and why."""

    kind: str
    undo: Undo
    why: str
    whole: bool = False


def absolute(path: str, command: Command | None, surroundings: Surroundings) -> str:
    """A path as the command would open it, absolute where its directory is known."""
    base = command.cwd if command is not None else surroundings.cwd
    if path.startswith(OWN_DIRECTORY):
        path = "." + path[len(OWN_DIRECTORY) :]
    return os.path.normpath(os.path.join(base, path)) if base or path.startswith("/") else path


def checkout_of(surroundings: Surroundings) -> str:
    """The root of the checkout the agent was started in; without git the directory itself."""
    folder = surroundings.cwd
    while folder and folder != "/":
        if surroundings.exists(folder + "/.git"):
            return folder
        folder = os.path.dirname(folder)
    return surroundings.cwd


def loss_of(path: str, surroundings: Surroundings, *, here: bool = True, keeps_git: bool = False) -> Loss:
    """What is lost when the thing at an absolute path is deleted or overwritten.

    Args:
        path: absolute, or with UNKNOWN_PART where a part of it is made at run time.
        surroundings: where to look.
        here: false for a path of another host, of which nothing is known.
        keeps_git: what is done to a directory leaves the repository in it alone.
    """
    path = _reached(path, surroundings) if here else path
    for judge in (_whole, _scratch, _regenerable):
        loss = judge(path, surroundings, here)
        if loss is not None:
            return loss
    if not here:
        return Loss("file", Undo.NONE, "it lies on another host")
    if UNKNOWN_PART in path or "…" in path or not path.startswith("/"):
        return Loss("file", Undo.NONE, "which files it hits is known only at run time")
    facts = surroundings.stat(path)
    if facts is None:
        return Loss("file", Undo.TRIVIAL, "it does not exist")
    kind = "directory" if facts.kind == "directory" else "file"
    root = checkout_of(surroundings)
    if not _inside(path, root):
        return Loss(kind, Undo.NONE, "it lies outside the checkout")
    if git_files.unchanged(path, root, surroundings, keeps_git=keeps_git):
        return Loss(kind, Undo.BACKUP, "git has it unchanged")
    return Loss(kind, Undo.NONE, "git does not have it as it is now")


def _reached(path: str, surroundings: Surroundings) -> str:
    """The path where it really lies: links among its directories followed, but not one at its end.

    Inside the checkout it stays as the agent calls it, however the way there is linked.
    """
    if UNKNOWN_PART in path or "…" in path or not path.startswith("/") or "/" not in path.strip("/"):
        return path
    folder, name = os.path.split(path)
    real = surroundings.realpath(folder)
    if real == folder:
        return path
    root = checkout_of(surroundings)
    real_root = surroundings.realpath(root)
    if _inside(real, real_root):
        real = root + real[len(real_root.rstrip("/")) :]
    return os.path.join(real, name)


def _inside(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder.rstrip("/") + "/"))


def _whole(path: str, surroundings: Surroundings, here: bool) -> Loss | None:
    if any(fnmatchcase(path, disk) for disk in DISKS):
        return Loss("disk", Undo.NONE, "it is a whole disk", whole=True)
    if path in SYSTEM or (path.startswith("/") and path.strip("/*") == ""):
        return Loss("root", Undo.NONE, "the system lives there", whole=True)
    home = surroundings.home.rstrip("/")
    if path.rstrip("/*") == home or (here and path.startswith("/") and _inside(home, path)):
        return Loss("home", Undo.NONE, "it is or holds the home directory", whole=True)
    return None


def _scratch(path: str, surroundings: Surroundings, here: bool) -> Loss | None:
    told = (surroundings.variable("TMPDIR") or "").rstrip("/") if here else ""
    temporary = [*TEMPORARY, *([told, surroundings.realpath(told)] if told else [])]
    root = checkout_of(surroundings) if here else ""
    named = any(path.startswith(folder + "/") for folder in temporary)
    if not named or _inside(path, root) or _inside(root, path):
        return None
    last = path.rsplit("/", 1)[-1]
    if any(mark in last for mark in ("*", "?", "[", UNKNOWN_PART, "…")):
        return None
    return Loss("file", Undo.TRIVIAL, "it is scratch in a temporary directory")


def _regenerable(path: str, surroundings: Surroundings, here: bool) -> Loss | None:
    """A name below the checkout or the home, or the last name of any other path, that says tools made it."""
    root = checkout_of(surroundings) if here else ""
    home = surroundings.home.rstrip("/")
    base = next((folder for folder in (root, home) if folder and _inside(path, folder)), None)
    below = path[len(base) :] if base is not None else path.rsplit("/", 1)[-1]
    names = [name for name in below.replace(UNKNOWN_PART, "x").replace("…", "x").split("/") if name]
    if any(MADE_ANYWHERE.fullmatch(name) for name in names):
        return Loss("directory", Undo.TRIVIAL, "tools make it again")
    if base and base == root and any(MADE_HERE.fullmatch(name) for name in names):
        return Loss("directory", Undo.TRIVIAL, "the build makes it again")
    return None


def spread(effect: Effect, command: Command, surroundings: Surroundings) -> tuple[Effect, ...]:
    """A row's effect on files as one effect for each way its paths could be had back; objects become absolute.

    What a container has mounted from this machine is judged on this machine.
    """
    if effect.verb not in LOSING or not effect.objects:
        return (effect,)
    paths = [absolute(path, command, surroundings) for path in effect.objects if not path.startswith(SINKS)]
    if not paths:
        return (replace(effect, verb=Verb.READ, undo=Undo.TRIVIAL, because="", safer=()),)
    found: list[Effect] = []
    for part in brought_home(replace(effect, objects=tuple(paths))):
        home = isinstance(part.source, Command) and part.source.landing is None
        found += _spread(part, (surroundings.here or surroundings) if home else surroundings)
    return tuple(found)


def _spread(effect: Effect, surroundings: Surroundings) -> list[Effect]:
    command = effect.source
    here = not isinstance(command, Command) or command.landing is None
    groups: dict[Loss, list[str]] = defaultdict(list)
    for path in effect.objects:
        groups[loss_of(path, surroundings, here=here, keeps_git=effect.verb is not Verb.DELETE)].append(path)
    if not here:  # what would save a file of this machine saves none of another
        effect = replace(effect, safer=THERE)
    found = [_with_loss(effect, loss, tuple(group)) for loss, group in groups.items()]
    swept = _swept(effect, effect.objects, surroundings) if here else None
    return [*found, swept] if swept else found


def _with_loss(effect: Effect, loss: Loss, paths: tuple[str, ...]) -> Effect:
    undo = effect.undo if effect.undo in (Undo.TRIVIAL, Undo.BACKUP) else loss.undo
    verb = Verb.CREATE if effect.verb is Verb.OVERWRITE and loss.why == "it does not exist" else effect.verb
    reach = Reach.ALL if loss.whole else effect.reach if len(paths) == 1 else Reach.MANY
    kind = effect.kind if effect.kind not in ("", "file") and not loss.whole else loss.kind
    because = f"{effect.because}; {loss.why}" if effect.because and undo is not Undo.TRIVIAL else loss.why
    return replace(
        effect, verb=verb, objects=paths, kind=kind, undo=undo, whole=loss.whole, reach=reach, because=because
    )


def _swept(effect: Effect, paths: Sequence[str], surroundings: Surroundings) -> Effect | None:
    """`rm -rf ~/*` and `rm -rf /*` are the whole of it, though they name each part."""
    for folder, kind in ((surroundings.home, "home"), ("/", "root")):
        named = {os.path.basename(path) for path in paths if os.path.dirname(path) == folder.rstrip("/") or "/"}
        shown = (
            {name for name in surroundings.listdir(folder) or () if not name.startswith(".")}
            if len(named) > 1
            else set()
        )
        if shown and shown <= named and all(os.path.dirname(path) == (folder.rstrip("/") or "/") for path in paths):
            return replace(effect, kind=kind, objects=(folder,), reach=Reach.ALL, undo=Undo.NONE, whole=True,
                           because="it takes everything in it")  # fmt: skip
    return None


def redirected(command: Command, surroundings: Surroundings) -> list[Effect]:
    """What the redirects of a command overwrite or create; appending only modifies."""
    found: list[Effect] = []
    for redirect in dict.fromkeys(command.redirects):
        path = redirect.target.text
        if (
            not redirect.operator.lstrip("0123456789&").startswith(">")
            or path.startswith(SINKS)
            or path.isdigit()
            or path == "-"
        ):
            continue
        verb = Verb.MODIFY if ">>" in redirect.operator else Verb.OVERWRITE
        effect = Effect(verb, "file", (path,), at="files", row="redirect", source=command,
                        because="a redirect empties the file first",
                        safer=("append with >>", "write to a new name"))  # fmt: skip
        found += spread(effect, command, surroundings)
    return found


def written(paths: Iterable[str], surroundings: Surroundings) -> list[Effect]:
    """What an agent's own Write or Edit changes: in the checkout its editor shows it, elsewhere a file goes."""
    root = checkout_of(surroundings)
    found: list[Effect] = []
    for path in map(os.path.normpath, paths):
        edit = Effect(Verb.MODIFY, "file", (path,), undo=Undo.BACKUP, at="files", row="edit")
        loss = loss_of(path, surroundings)
        if not _inside(path, root) and loss.undo not in (Undo.TRIVIAL, Undo.BACKUP):
            edit = replace(edit, verb=Verb.OVERWRITE, undo=loss.undo, because=loss.why)
        found.append(edit)
    return found
