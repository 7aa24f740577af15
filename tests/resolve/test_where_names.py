import pytest

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.environment import Evidence, Names, Pattern, Tier
from agentguard.policy.names import shipped_names
from agentguard.resolve.address import Address, address_of, is_loopback, read_url
from agentguard.resolve.tier import environment_of, tier_of

WHOLE_WORDS = [
    ("prod-eu", "prod"),
    ("eu_prod1", "prod"),
    ("mysql-live-1", "prod"),
    ("acme/production", "prod"),
    ("PROD", "prod"),
    ("shopProd", "prod"),
    ("dev-prod-mirror", "prod"),
    ("preprod", "staging"),
    ("pre-prod", "staging"),
    ("prePROD-2", "staging"),
    ("pre_production", "staging"),
    ("preprod-and-prod", "prod"),
    ("stg-app-1", "staging"),
    ("kind-dev", "dev"),
    ("app_test_2", "dev"),
    ("localhost", "dev"),
    ("product", None),
    ("products-prodigy", None),
    ("delivery", None),
    ("nonprod", None),
    ("non-prod", None),
    ("no_prod", None),
    ("nonProd", None),
    ("device", None),
    ("DevOps", None),
    ("", None),
    ("---", None),
]


@pytest.mark.parametrize(("text", "tier"), WHOLE_WORDS)
def test_words_count_whole(text: str, tier: str | None):
    found = tier_of(shipped_names(), "context", text)
    assert (found[0] if found else None) == tier


def test_a_name_partly_made_at_run_time_may_raise_but_never_lowers():
    assert tier_of(shipped_names(), "context", f"dev-{UNKNOWN_PART}") is None
    found = tier_of(shipped_names(), "context", f"prod-{UNKNOWN_PART}")
    assert found is not None
    assert found[0] is Tier.PROD


def test_a_word_says_nothing_of_a_branch():
    assert tier_of(shipped_names(), "branch", "fix/prod-login") is None


def test_a_glob_matches_the_whole_name_whatever_its_case():
    names = Names((Pattern("host", "*.shop.internal", Tier.PROD, "prod"),))
    assert tier_of(names, "host", "DB7.Shop.Internal") is not None
    assert tier_of(names, "host", "db7.shop.internal.example") is None
    assert tier_of(names, "context", "db7.shop.internal") is None


def test_the_most_dangerous_piece_counts_and_stands_first():
    pieces = [("context", Evidence("flag", "dev")), ("host", Evidence("file", "db.prod.internal"))]
    found = environment_of(shipped_names(), pieces)
    assert (found.name, found.tier, found.evidence[0].source) == ("prod", Tier.PROD, "file")


def test_labels_raise_and_never_lower():
    unknown = [("host", Evidence("hostaddr", "10.1.2.3"))]
    assert (
        environment_of(shipped_names(), unknown, [("host", Evidence("host", "db.dev.internal"))]).tier is Tier.UNKNOWN
    )
    assert environment_of(shipped_names(), unknown, [("host", Evidence("host", "db.prod.internal"))]).tier is Tier.PROD


def test_nothing_told_is_unknown_without_evidence():
    assert environment_of(shipped_names(), []) == environment_of(Names(), [])
    assert environment_of(shipped_names(), []).evidence == ()


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "LOCALHOST.", "/run/postgresql", "a.localhost"]
)
def test_loopback_is_this_machine(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.evil.example", "127.0.0.1.nip.io", "db", "", "1270.0.0.1"])
def test_what_only_looks_like_loopback_is_not(host: str):
    assert not is_loopback(host)


ADDRESSES = [
    ("db", Address("db", 5432)),
    ("db:6", Address("db", 6)),
    ("[::1]:6", Address("::1", 6)),
    ("::1", Address("::1", 5432)),
    ("user:pass:word", Address("user", 5432)),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_an_address_is_host_and_port(text: str, address: Address):
    assert address_of(text, 5432) == address


SECRETS = [
    "postgres://app:s3cret@db.prod.internal:5432/orders?password=s3cret2",
    "postgres://app:s3cret/with-slash@db/orders",
    "redis://:s3cret@h1:1,h2:2/0",
    "mongodb+srv://u:s3cret@shop-prod.abcd.mongodb.net/shop",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_url_gives_up_its_password(text: str):
    url = read_url(text)
    assert url is not None
    assert "s3cret" not in "".join(map(str, url.addresses))


def test_what_is_no_url_is_none():
    assert read_url("db.prod.internal") is None
    assert read_url("a b://c") is None
