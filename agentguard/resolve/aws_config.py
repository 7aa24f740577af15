"""What the AWS command line would read of its files: profiles, never keys.

Files are AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else the two in ~/.aws.
"""

from __future__ import annotations

from agentguard.resolve.configuration import Table, ini, table_in
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json

KEPT = (
    "role_arn",
    "source_profile",
    "sso_account_id",
    "sso_account_name",
    "granted_sso_account_id",
    "region",
    "endpoint_url",
    "services",
    "ignore_configured_endpoint_urls",
)
FILES = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))


def profile(subject: Subject, name: str) -> Table:
    """The settings of a profile, from both files; empty where neither has it."""
    found: Table = {}
    for variable, otherwise in FILES:
        facts = subject.surroundings.facts(subject.path(subject.variable(variable) or otherwise), "aws", _profiles)
        found = {**table_in(facts, name), **found}
    return found


def services(subject: Subject, name: str) -> Table:
    """A `[services NAME]` section: endpoints by service."""
    return profile(subject, f"services {name}")


def shown(subject: Subject) -> str:
    """The configuration file as a person reads it."""
    variable, otherwise = FILES[0]
    return subject.shown(subject.path(subject.variable(variable) or otherwise))


def _profiles(data: bytes) -> Json:
    sections: Table = {}
    for name, settings in ini(data, KEPT).items():
        kind, _, rest = name.partition(" ")
        sections[rest.strip().strip("\"'") if kind == "profile" and rest else name] = settings
    return {**sections, **_service_sections(data)}


def _service_sections(data: bytes) -> Table:
    """`[services NAME]` with an indented `endpoint_url` below each service's key."""
    found: Table = {}
    section, service = "", ""
    for line in data.decode("utf-8-sig").splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if line.startswith("["):
            section = line.strip().strip("[]").strip()
        elif section.startswith("services ") and line[:1] not in (" ", "\t"):
            service = key
        elif section.startswith("services ") and key == "endpoint_url":
            table = found.setdefault(section, {})
            if isinstance(table, dict):
                table[service] = value
    return found
