import pytest

from agentguard.model.environment import Evidence, Names, Pattern, Tier
from agentguard.model.errors import PolicyError
from agentguard.policy.names import SORTS, Entry, load_names, shipped_names, tighten
from agentguard.policy.shipped import shipped_text
from agentguard.resolve.tier import environment_of

EXAMPLES = 'match = ["prod"]\nnot_match = ["product"]\n'
ENTRY = '[[environment]]\nname = "prod"\ntier = "prod"\nwords = ["prod"]\n' + EXAMPLES

COMPLAINTS = [
    (
        ENTRY.replace('tier = "prod"', 'tier = "prodution"'),
        ("unknown tier `prodution`", "environment `prod`", "did you mean `prod`?"),
    ),
    (ENTRY.replace("words", "wrods"), ("unknown key `wrods`", "environment `prod`", "did you mean `words`?")),
    ("[[enviroment]]\n", ("unknown key `enviroment`", "team.toml", "did you mean `environment`?")),
    (ENTRY.replace(EXAMPLES, ""), ("`match`", "environment `prod`")),
    (ENTRY.replace('match = ["prod"]', "match = []"), ("`match`", "environment `prod`")),
    (ENTRY.replace('words = ["prod"]', 'words = ["-"]'), ("the word `-` has no letter", "environment `prod`")),
    (ENTRY.replace('["product"]', '["prod-1"]'), ("the example `prod-1` of `not_match` leads to `prod`", "narrow")),
    (
        ENTRY.replace('match = ["prod"]', 'match = ["live"]'),
        ("the example `live` of `match` leads to no tier", "add a pattern"),
    ),
    ("environment = 3", ("`environment`", "team.toml")),
    ("[[environment", ("this is not TOML", "team.toml")),
]


@pytest.mark.parametrize(("text", "parts"), COMPLAINTS)
def test_a_file_that_does_not_load_says_where_and_why(text: str, parts: tuple[str, ...]):
    with pytest.raises(PolicyError) as failure:
        load_names([("team.toml", text)])
    for part in parts:
        assert part in str(failure.value)


def test_an_example_may_name_its_sort():
    text = ENTRY.replace(EXAMPLES, 'hosts = ["db7.*"]\nmatch = ["host:db7.shop"]\nnot_match = ["context:db7.shop"]\n')
    assert (
        Pattern("host", "db7.*", Tier.PROD, "prod", place="team.toml, environment `prod`")
        in load_names([("team.toml", text)]).patterns
    )


def test_the_order_of_files_does_not_matter():
    other = ENTRY.replace("prod", "stg").replace('tier = "stg"', 'tier = "staging"').replace("stguct", "stage")
    one, two = load_names([("a", ENTRY), ("b", other)]), load_names([("b", other), ("a", ENTRY)])
    assert set(one.patterns) == set(two.patterns)


def test_no_file_can_break_the_examples_of_another():
    turned = '[[environment]]\nname = "prod"\ntier = "prod"\nwords = ["dev"]\nmatch = ["dev"]\nnot_match = ["x"]\n'
    assert load_names([("environments.toml", shipped_text("environments.toml")), ("team.toml", turned)]).patterns


def test_every_sort_has_its_key():
    assert set(SORTS) == set(Entry.model_fields) - {"name", "tier", "words", "match", "not_match"}


def test_what_ships_protects_the_branches_people_protect():
    assert {p.text for p in shipped_names().patterns if p.sort == "branch"} == {
        "main",
        "master",
        "production",
        "release/*",
    }


def test_a_policy_that_does_not_ship_is_an_error():
    with pytest.raises(PolicyError, match="does not ship"):
        shipped_text("moon.toml")


HOSTILE = Names((Pattern("any", "db7", Tier.DEV, "dev", word=True), Pattern("host", "*", Tier.STAGING, "staging")))


@pytest.mark.parametrize(
    ("host", "before", "after"),
    [
        ("db.prod.internal", "prod", "prod"),
        ("db7", "unknown", "unknown"),
        ("localhost", "dev", "staging"),
        ("x", "unknown", "unknown"),
    ],
)
def test_a_projects_own_names_raise_and_never_lower(host: str, before: str, after: str):
    piece = [("host", Evidence("-h", host))]
    assert environment_of(shipped_names(), piece).tier == before
    assert environment_of(tighten(shipped_names(), HOSTILE), piece).tier == after


def test_a_projects_own_names_can_claim_an_unknown_as_prod():
    names = tighten(shipped_names(), Names((Pattern("host", "db7", Tier.PROD, "prod"),)))
    assert environment_of(names, [("host", Evidence("-h", "db7"))]).tier is Tier.PROD
