"""What agentguard adds to a settings file, and how it is taken out again. Pure: text in, text out.

Promises: everything else in the file stays as it was; adding twice is adding once; an older entry of ours is replaced
where it stands; what is taken out again leaves the very text that was kept, where nothing else has changed since.
Refuses settings that are not JSON, that hold something else where a list or an object of ours belongs, or in which a
person has decided otherwise: that decision is theirs to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentguard.cli.install.json_text import MEND, Json, Span, Text, parse
from agentguard.model.errors import AgentguardError

OURS = "/agentguard/client.py"  # a hook that runs this is ours, of whatever version
NOTHING = "{}\n"  # what an empty file is taken for


@dataclass(frozen=True, slots=True)
class Addition:
    """One thing to add, in the object or list at the end of `path`, a way of keys from the root.

    `is_ours` knows it again, and older forms of it. An entry goes into a list; where `handlers` names a list inside of
    each entry, one of ours that was put there counts too. What is no entry is a setting, the value of the last key; a
    `frame` is one that others in the file need as well, and goes only with the last of them.
    """

    path: tuple[str, ...]
    value: Json
    is_ours: Callable[[Json], bool]
    entry: bool = True
    handlers: str = ""
    frame: bool = False


def entry(path: tuple[str, ...], value: Json, is_ours: Callable[[Json], bool], handlers: str = "") -> Addition:
    """An element of the list at `path`."""
    return Addition(path, value, is_ours, handlers=handlers)


def setting(
    path: tuple[str, ...], value: Json, is_ours: Callable[[Json], bool] | None = None, *, frame: bool = False
) -> Addition:
    """A value of its own at `path`; ours is what equals it, where `is_ours` does not say more."""
    return Addition(path, value, is_ours or (lambda found: found == value), entry=False, frame=frame)


def runs_ours(handler: Json) -> bool:
    """Whether a hook's handler runs our client."""
    return isinstance(handler, dict) and OURS in str(handler.get("command"))


# Adding -----------------------------------------------------------------------------------------------------------


def added(text: str, additions: Iterable[Addition], place: str) -> str:
    """The settings with the additions. `text` is empty where there are none yet, `place` what an error calls them.

    Raises:
        AgentguardError: the settings are not JSON, or something else stands where an addition belongs.
    """
    settings = _parsed(text, place)
    for addition in additions:
        settings = _with(settings, addition, place)
    return settings.text


def _with(settings: Text, addition: Addition, place: str) -> Text:
    found = Span("", settings.root, settings.root, settings.root)
    for depth, key in enumerate(addition.path):
        _must_be("{", settings, found.start, addition.path[:depth], place)
        inner = settings.member(found.start, key)
        if inner is None:
            return settings.put(found.start, key, _nested(addition, depth))
        found = inner
    if not addition.entry:
        return _decided(settings, found, addition, place)
    _must_be("[", settings, found.start, addition.path, place)
    return _in_list(settings, found.start, addition)


def _nested(addition: Addition, depth: int) -> Json:
    value: Json = [addition.value] if addition.entry else addition.value
    for key in reversed(addition.path[depth + 1 :]):
        value = {key: value}
    return value


def _in_list(settings: Text, start: int, addition: Addition) -> Text:
    old = next((span for span in settings.members(start) if addition.is_ours(settings.value(span.start))), None)
    if old is None:
        return settings.append(start, addition.value)
    return settings if settings.value(old.start) == addition.value else settings.replace(old, addition.value)


def _decided(settings: Text, span: Span, addition: Addition, place: str) -> Text:
    """The settings with a value that is ours where one of ours stands; another one is a person's decision."""
    old = settings.value(span.start)
    if not addition.is_ours(old):
        where = f"{place}, {settings.where(span.start)}"
        hint = "take it out, or decide with whoever wrote it, then install again"
        raise AgentguardError(f"`{'.'.join(addition.path)}` says something else already", place=where, hint=hint)
    return settings if old == addition.value else settings.replace(span, addition.value)


def _must_be(bracket: str, settings: Text, start: int, path: tuple[str, ...], place: str) -> None:
    if settings.text[start] != bracket:
        what = f"`{'.'.join(path)}` is" if path else "the settings are"
        wanted = "an object" if bracket == "{" else "a list"
        raise AgentguardError(f"{what} not {wanted}", place=f"{place}, {settings.where(start)}", hint=MEND)


# Taking out -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of settings without our additions: a text, or None where the file goes. `copy` is the kept copy it
    was found in, as its place in what was kept, or None.
    """

    text: str | None
    copy: int | None = None


def removed(text: str, additions: Sequence[Addition], kept: Sequence[str], place: str) -> Left:
    """The settings without the additions.

    `kept` are copies from before an installation, newest first. One that differs in nothing but our additions, and the
    empty objects and lists around them, is what was there: then it is there again. Otherwise something else has changed
    since, and only what is ours goes, except what such a copy had as well.

    Raises:
        AgentguardError: the settings are not JSON.
    """
    settings = _parsed(text, place)
    if not _ours(settings, additions):
        return Left(text)
    bare = _bare(settings, additions)
    copies = [(number, copy) for number, copy in enumerate(map(_readable, kept)) if copy and not _ours(copy, additions)]
    for number, copy in copies:
        if _bare(copy, additions).text == bare.text:
            return Left(kept[number], number)
    had = copies[0][1] if copies else Text("{}")
    left = _less(settings, [one for one in additions if one.entry or not _holds(had, one)], bare)
    return Left(left.text if left.members(left.root) else None)


def _less(settings: Text, additions: Iterable[Addition], bare: Text) -> Text:
    """The settings without these additions; a frame stays while anything stands in it."""
    for addition in additions:
        if not (addition.frame and bare.members(bare.root)):
            settings = _without(settings, addition)
    return settings


def _bare(settings: Text, additions: Iterable[Addition]) -> Text:
    """The settings without anything that an addition could be or need: the same before and after adding."""
    for addition in additions:
        settings = _pruned(_without(settings, addition), addition.path)
    return settings if settings.members(settings.root) else settings.close(settings.root)


def _ours(settings: Text, additions: Iterable[Addition]) -> bool:
    return any(_holds(settings, addition) for addition in additions if addition.entry)


def _holds(settings: Text, addition: Addition) -> bool:
    return _without(settings, addition) is not settings


def _without(settings: Text, addition: Addition) -> Text:
    """The settings without one addition, and without what is empty once it has gone; themselves where it is not."""
    way = _way(settings, addition.path)
    if not way:
        return settings
    if addition.entry:
        less = _list_without(settings, way[-1].start, addition)
        return less if less is settings else _pruned(less, addition.path)
    if not addition.is_ours(settings.value(way[-1].start)):
        return settings
    return _pruned(_member_gone(settings, addition.path), addition.path[:-1])


def _list_without(settings: Text, start: int, addition: Addition) -> Text:
    if settings.text[start] != "[":
        return settings
    for index, span in reversed(list(enumerate(settings.members(start)))):
        if addition.is_ours(settings.value(span.start)):
            settings = settings.remove(start, index)
        elif addition.handlers and (inner := settings.member(span.start, addition.handlers)) is not None:
            settings = _handlers_without(settings, inner.start)
    return settings


def _handlers_without(settings: Text, start: int) -> Text:
    if settings.text[start] != "[":
        return settings
    for index, span in reversed(list(enumerate(settings.members(start)))):
        if runs_ours(settings.value(span.start)):
            settings = settings.remove(start, index)
    return settings


def _pruned(settings: Text, path: tuple[str, ...]) -> Text:
    """The settings without the object or list at `path` if it is empty, and so on towards the root."""
    if not path:
        return settings
    way = _way(settings, path)
    if way and not (settings.text[way[-1].start] in "{[" and not settings.members(way[-1].start)):
        return settings
    return _pruned(_member_gone(settings, path) if way else settings, path[:-1])


def _member_gone(settings: Text, path: tuple[str, ...]) -> Text:
    way = _way(settings, path[:-1])
    start = way[-1].start if way else settings.root
    keys = [span.key for span in settings.members(start)]
    return settings.remove(start, keys.index(path[-1]))


def _way(settings: Text, path: tuple[str, ...]) -> list[Span] | None:
    """The members on the way along `path`; None where it does not lead anywhere."""
    way: list[Span] = []
    for key in path:
        found = settings.member(way[-1].start if way else settings.root, key)
        if found is None:
            return None
        way.append(found)
    return way


def _parsed(text: str, place: str) -> Text:
    return parse(text if text.strip() else NOTHING, place)


def _readable(text: str) -> Text | None:
    try:
        return _parsed(text, "")
    except AgentguardError:
        return None
