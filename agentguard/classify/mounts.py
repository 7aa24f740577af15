"""Paths in a container that are this machine's own: what `-v` and `--mount` lay into it.

A file below such a path is judged where it lies, on this machine, not in the container.
"""

from __future__ import annotations

import os.path
from dataclasses import replace

from agentguard.model.command import Command, Landing, Option, Via
from agentguard.model.effect import Effect

VOLUMES, MOUNTS = ("-v", "--volume"), ("--mount",)
SOURCES, TARGETS = ("source", "src"), ("target", "dst", "destination")


def brought_home(effect: Effect) -> tuple[Effect, ...]:
    """The effect on a container's files as one on those of this machine that are mounted there, and one on the rest."""
    command = effect.source
    if effect.at != "files" or not isinstance(command, Command) or command.landing is None:
        return (effect,)
    mounts = _mounts(command)
    moved = {path: home for path in effect.objects for home in _home(path, mounts)}
    if not moved:
        return (effect,)
    rest = tuple(path for path in effect.objects if path not in moved)
    here = replace(
        command, via=_before_landing(command), cwd=command.landing.carrier.cwd if command.landing.carrier else ""
    )
    found = replace(effect, objects=tuple(moved.values()), source=here)
    return (found, replace(effect, objects=rest)) if rest else (found,)


def _mounts(command: Command) -> dict[str, str]:
    """What is mounted, by its path in the container; named volumes are not files of this machine."""
    landing = command.landing
    if landing is None or landing.lands is not Landing.CONTAINER or landing.carrier is None:
        return {}
    pairs = [_pair(option) for option in landing.carrier.options if option.value is not None]
    cwd = landing.carrier.cwd
    return {
        target.rstrip("/"): os.path.normpath(os.path.join(cwd, source))
        for source, target in pairs
        if target and source.startswith(("/", ".", "~"))
    }


def _pair(option: Option) -> tuple[str, str]:
    """Source and target of one mount option; empty where the option is another."""
    text = option.value.text if option.value else ""
    if option.name in VOLUMES:
        source, _, rest = text.partition(":")
        return source, rest.partition(":")[0]
    if option.name in MOUNTS:
        fields = dict(field.partition("=")[::2] for field in text.split(","))
        return _either(fields, SOURCES), _either(fields, TARGETS)
    return "", ""


def _either(fields: dict[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if name in fields), "")


def _home(path: str, mounts: dict[str, str]) -> tuple[str, ...]:
    """The path on this machine of a path in the container, if it is mounted; the innermost mount counts."""
    inside = [target for target in mounts if path == target or path.startswith(target + "/")]
    if not inside:
        return ()
    target = max(inside, key=len)
    return (os.path.normpath(mounts[target] + path[len(target) :]),)


def _before_landing(command: Command) -> tuple[Via, ...]:
    places = [n for n, via in enumerate(command.via) if via.lands is not Landing.HERE]
    return command.via[: places[-1]]
