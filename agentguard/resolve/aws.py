"""Amazon Web Services: the account a command would reach.

In the command line's own order (measured with aws-cli 1.46): `--profile`; keys in the environment; AWS_DEFAULT_PROFILE
and AWS_PROFILE, of which version 1 takes the first and version 2 the second, so both count; `[default]`. An endpoint on
this machine is dev whatever the profile is called.
"""

from __future__ import annotations

from collections.abc import Iterable

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve import aws_config
from agentguard.resolve.address import Address, is_loopback, read_url
from agentguard.resolve.configuration import text_in
from agentguard.resolve.reach import environment_at, reached
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of, worst

VAULTS = frozenset({"aws-vault", "saml2aws"})  # wrappers, and all that go by their tables
CHAIN_LIMIT = 5  # profiles that lend each other their keys
LOCAL_STACK = frozenset({"awslocal", "cdklocal", "samlocal", "tflocal"})
LOCAL_STACK_URL = "http://localhost:4566"  # where they go unless AWS_ENDPOINT_URL says otherwise
SERVICE_IDS = {  # where the variable's name is not the command's
    "cognito-idp": "COGNITO_IDENTITY_PROVIDER",
    "configservice": "CONFIG_SERVICE",
    "deploy": "CODEDEPLOY",
    "elb": "ELASTIC_LOAD_BALANCING",
    "elbv2": "ELASTIC_LOAD_BALANCING_V2",
    "es": "ELASTICSEARCH_SERVICE",
    "events": "EVENTBRIDGE",
    "logs": "CLOUDWATCH_LOGS",
    "s3api": "S3",
    "secretsmanager": "SECRETS_MANAGER",
    "stepfunctions": "SFN",
}


def resolve(subject: Subject) -> Environment:
    """The environment of the account, endpoint and resources of this command."""
    return worst(_with(subject, profile) for profile in _profiles(subject))


def _profiles(subject: Subject) -> tuple[Evidence | None, ...]:
    """The profiles that may be the one used; None stands for keys whose account is not known."""
    told = subject.option("--profile")
    if told:
        return (told,)
    if vault := _vault(subject):
        return (vault,)
    if subject.variable("AWS_ACCESS_KEY_ID") and subject.variable("AWS_SECRET_ACCESS_KEY"):
        return (None,)
    return subject.variables("AWS_DEFAULT_PROFILE", "AWS_PROFILE") or (Evidence("no profile named", "default"),)


def _vault(subject: Subject) -> Evidence | None:
    """The profile whose keys a wrapper (`aws-vault exec prod -- …`) puts into the environment."""
    wrappers = [via for via in subject.command.via if via.program in VAULTS] if subject.command else []
    if wrappers:
        return Evidence(wrappers[-1].program, wrappers[-1].place or subject.variable("AWS_PROFILE") or "")
    return next(iter(subject.variables("AWS_VAULT")), None)


def _with(subject: Subject, profile: Evidence | None) -> Environment:
    settings = aws_config.profile(subject, profile.says) if profile else {}
    endpoint = _endpoint(subject, settings)
    if endpoint and is_loopback(endpoint[1].host):
        return environment_at(subject, (endpoint,))
    deciding = [*_account(subject, profile), *_region(subject, settings), *_buckets(subject)]
    deciding += reached(subject, *endpoint) if endpoint else ()
    return environment_of(subject.names, deciding, [*_lenders(subject, settings), *_objects(subject)])


def _account(subject: Subject, profile: Evidence | None) -> list[Piece]:
    if profile is None:
        return [("account", Evidence("AWS_ACCESS_KEY_ID", "the key of an account that is not known"))]
    settings = aws_config.profile(subject, profile.says)
    pieces: list[Piece] = [("profile", profile)] if profile.says != "default" else []
    source = f"{aws_config.shown(subject)} profile {profile.says}"
    accounts = {key: text_in(settings, key) for key in ("sso_account_name", "sso_account_id", "granted_sso_account_id")}
    pieces += [("account", Evidence(f"{source}, {key}", value)) for key, value in accounts.items() if value]
    role = text_in(settings, "role_arn").split(":", 5)
    if len(role) == 6:
        pieces += [
            ("account", Evidence(f"{source}, role_arn", role[4])),
            ("role", Evidence(f"{source}, role_arn", role[5])),
        ]
    return pieces


def _lenders(subject: Subject, settings: object) -> list[Piece]:
    """The profiles whose keys assume the role: labels beside the target."""
    pieces: list[Piece] = []
    seen: set[str] = set()
    name = text_in(settings, "source_profile")
    while name and name not in seen and len(seen) < CHAIN_LIMIT:
        seen.add(name)
        pieces += _account(subject, Evidence("source_profile", name))
        name = text_in(aws_config.profile(subject, name), "source_profile")
    return pieces


def _region(subject: Subject, settings: object) -> Iterable[Piece]:
    told = subject.option("--region")
    found = (told,) if told else subject.variables("AWS_DEFAULT_REGION", "AWS_REGION")
    own = text_in(settings, "region")
    found = found or ((Evidence("the profile's region", own),) if own else ())
    return [("region", evidence) for evidence in found]


def _endpoint(subject: Subject, settings: object) -> tuple[str, Address] | None:
    """The endpoint that replaces AWS's own, if any."""
    told = subject.option("--endpoint-url")
    if subject.called in LOCAL_STACK and told is None:
        told = next(iter(subject.variables("AWS_ENDPOINT_URL")), Evidence(subject.called, LOCAL_STACK_URL))
    ignored = subject.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") or text_in(
        settings, "ignore_configured_endpoint_urls"
    )
    if told is None and (ignored or "").casefold() != "true":
        told = next(iter(_configured_endpoints(subject, settings)), None)
    url = read_url(told.says) if told else None
    return (told.source, url.addresses[0]) if told and url and url.addresses else None


def _configured_endpoints(subject: Subject, settings: object) -> Iterable[Evidence]:
    service = subject.command.path[0] if subject.command and subject.command.path else ""
    name = SERVICE_IDS.get(service, service.upper().replace("-", "_"))
    yield from subject.variables(*((f"AWS_ENDPOINT_URL_{name}",) if name else ()), "AWS_ENDPOINT_URL")
    own = aws_config.services(subject, text_in(settings, "services"))
    if url := text_in(own, name.casefold()):
        yield Evidence(f"{aws_config.shown(subject)} services", url)
    if url := text_in(settings, "endpoint_url"):
        yield Evidence(f"{aws_config.shown(subject)} endpoint_url", url)


def _buckets(subject: Subject) -> list[Piece]:
    """Buckets: their names are unique in the world, so one tells its environment by itself."""
    told = subject.option("--bucket")
    names = [name[5:].partition("/")[0] for name in subject.effect.objects if name.startswith("s3://")]
    if subject.effect.kind == "aws.s3.bucket":
        names += [name for name in subject.effect.objects if "://" not in name]
    found: list[Piece] = [("bucket", Evidence("the bucket", name)) for name in dict.fromkeys(names)]
    return [*found, *((("bucket", told),) if told else ())]


def _objects(subject: Subject) -> list[Piece]:
    """Other resources: a name may raise what its account says, and never lowers it."""
    if subject.effect.kind.startswith("aws.s3."):
        return []
    return [("resource", Evidence("the name", name)) for name in subject.effect.objects]
