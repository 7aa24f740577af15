"""One argument reader for all tools: rows of a table, a command line, and what it makes of it."""

import pytest

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.argv import Arguments, read_arguments
from agentguard.tools.schema import Tool

GNU = Tool.model_validate(
    {
        "program": "gnu",
        "about": "a tool of the GNU kind",
        "path": "none",
        "options": {
            "abbreviate": True,
            "value": ["-n --number", "--name"],
            "flag": ["-r -R --recursive", "-f --force", "--follow"],
            "optional": ["-c --color"],
        },
        "row": [{"path": [""]}],
        "example": [{"run": "gnu", "is": "read"}],
    }
)
WRAPPER = GNU.model_copy(update={"options": GNU.options.model_copy(update={"anywhere": False})})
SINGLE = Tool.model_validate(
    {
        "program": "terra",
        "about": "one dash, long options",
        "options": {"style": "single-dash", "value": ["-chdir"], "flag": ["-auto-approve", "-destroy"]},
        "row": [{"path": ["apply"]}, {"path": ["state rm", "state"]}],
        "example": [{"run": "terra apply", "is": "read"}],
    }
)
CLOUD = Tool.model_validate(
    {
        "program": "cloud",
        "about": "service and operation",
        "path": 2,
        "options": {"others": "value", "value": ["--profile"], "flag": ["--force"]},
        "example": [{"run": "cloud a b", "is": "read"}],
    }
)
VERBS = Tool.model_validate(
    {
        "program": "verbs",
        "about": "words up to the verb",
        "path": "verb",
        "words": {"read": ["list", "describe"], "delete": ["delete"]},
        "example": [{"run": "verbs list", "is": "read"}],
    }
)


def read(tool: Tool, line: str) -> Arguments:
    return read_arguments(tool, tuple(Word(word) for word in line.split()))


def shown(found: Arguments) -> str:
    options = " ".join(o.name + (f"={o.value.text}" if o.value else "") for o in found.options)
    return f"{' '.join(found.path)}|{options}|{' '.join(w.text for w in found.operands)}"


ROWS = [
    (GNU, "-rf a b", "|-r -f|a b"),
    (GNU, "a -R b", "|-r|a b"),
    (GNU, "-n5 a", "|-n=5|a"),
    (GNU, "-rn 5 a", "|-r -n=5|a"),
    (GNU, "--number=5 --num 6", "|-n=5 -n=6|"),
    (GNU, "--fo a", "|--fo|a"),  # --force or --follow: ambiguous, so nobody's option
    (GNU, "--forc a", "|-f|a"),
    (GNU, "--force=false a", "||a"),
    (GNU, "--color=auto --color a", "|-c=auto -c|a"),
    (GNU, "-- -rf a", "||-rf a"),
    (GNU, "- a", "||- a"),
    (WRAPPER, "-f rm -rf a", "|-f|rm -rf a"),
    (WRAPPER, "-n 5 -- rm -r", "|-n=5|rm -r"),
    (SINGLE, "-chdir=x apply -auto-approve plan", "apply|-chdir=x -auto-approve|plan"),
    (SINGLE, "apply --destroy=true plan", "apply|-destroy=true|plan"),
    (SINGLE, "apply -destroy=false", "apply||"),
    (SINGLE, "state rm a.b", "state rm||a.b"),
    (SINGLE, "state list", "state||list"),
    (SINGLE, "frob x", "frob||x"),
    (CLOUD, "ec2 stop --ids a b --force x", "ec2 stop|--ids=a --ids=b --force|x"),
    (CLOUD, "--profile p ec2 stop", "ec2 stop|--profile=p|"),
    (VERBS, "sql instances delete prod", "sql instances delete||prod"),
    (VERBS, "projects describe delete-me", "projects describe||delete-me"),
]


@pytest.mark.parametrize(("tool", "line", "expected"), ROWS, ids=[row[1] for row in ROWS])
def test_arguments_are_read_as_the_table_says(tool: Tool, line: str, expected: str) -> None:
    assert shown(read(tool, line)) == expected


def test_a_word_made_at_run_time_is_an_operand_and_never_part_of_the_path() -> None:
    made = Word(UNKNOWN_PART, known=False)
    assert shown(read_arguments(GNU, (Word("a"), made))) == f"||a {UNKNOWN_PART}"
    found = read_arguments(SINGLE, (Word("state"), made, Word("rm")))
    assert found.path == ("state",)
