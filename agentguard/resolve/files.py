"""Local paths: always local, with the part of the machine each lies in as evidence.

Which of them matter, and whether they can be had back, is the classification's to say; this tells a person where.
"""

from __future__ import annotations

import os.path

from agentguard.model.environment import Environment, Evidence, Tier
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Surroundings

TEMPORARY = ("/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp", "/var/folders", "/dev/shm")  # noqa: S108 - compared with, never written
EVIDENCE_LIMIT = 8  # paths a card says something about; all are listed as targets


def resolve(subject: Subject) -> Environment:
    """Local; the evidence says of the first paths whether they lie in the checkout, the home, or outside both."""
    paths = subject.effect.objects[:EVIDENCE_LIMIT]
    return Environment(
        "local", Tier.LOCAL, tuple(Evidence(subject.shown(path), _part(subject, path)) for path in paths)
    )


def checkout_of(surroundings: Surroundings) -> str:
    """The checkout the agent works in: the nearest directory above with a `.git`, else where it was started."""
    place = surroundings.cwd
    while not surroundings.exists(os.path.join(place, ".git")):
        if os.path.dirname(place) == place:
            return surroundings.cwd
        place = os.path.dirname(place)
    return place


def _part(subject: Subject, path: str) -> str:
    place = os.path.normpath(path)
    if not os.path.isabs(place):
        return "a path made at run time"
    if place == "/":
        return "the root of the file system"
    if place == subject.home():
        return "the home directory"
    if _below(place, checkout_of(subject.surroundings)):
        return "inside the checkout"
    if any(_below(place, temporary) for temporary in (*TEMPORARY, subject.variable("TMPDIR") or TEMPORARY[0])):
        return "temporary"
    return "outside the checkout, in the home directory" if _below(place, subject.home()) else "outside the checkout"


def _below(path: str, place: str) -> bool:
    place = place.rstrip("/")
    return path == place or path.startswith(place + "/")
