"""Which hooks ask about one call, and which about a second one."""

from __future__ import annotations

from itertools import count

import pytest

from agentguard.broker.passes import Process
from agentguard.broker.twins import WITHIN, Question, Twins
from agentguard.model.call import Call, ShellLine, ToolCall

KIRO, SHELL, OTHER = Process(10, 1.0), Process(11, 2.0), Process(12, 3.0)
CALL = Call(ShellLine("rm notes"), "/shop")


def question(hook: str, call: Call = CALL, session: str = "s", *above: Process) -> Question:
    return Question(hook, 1000, session, call, frozenset(above or (KIRO, SHELL)))


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ([(0, question("a")), (1, question("b"))], "11"),
        ([(0, question("a")), (1, question("b")), (2, question("c"))], "111"),
        ([(0, question("a")), (1, question("a"))], "12"),
        ([(0, question("a")), (1, question("b")), (2, question("a")), (3, question("b"))], "1122"),
        ([(0, question("a")), (1, question("b")), (2, question("b")), (3, question("a"))], "1122"),
        ([(0, question("a")), (WITHIN, question("b"))], "12"),
        ([(0, question("a")), (1, question("b", CALL, "t"))], "12"),
        ([(0, question("a")), (1, question("b", Call(ShellLine("rm other"), "/shop")))], "12"),
        ([(0, question("a")), (1, question("b", CALL, "s", OTHER))], "12"),
        ([(0, question("a")), (1, question("b", CALL, "s", KIRO, OTHER)), (2, question("c", CALL, "s", OTHER))], "112"),
    ],
)
def test_hooks_of_one_agent_that_ask_once_each_ask_about_one_call(asked: list[tuple[int, Question]], ids: str) -> None:
    numbers = count(1)
    twins = Twins(lambda: str(next(numbers)))
    assert "".join(twins.use_of(one, now) for now, one in asked) == ids


def test_a_call_that_holds_values_which_cannot_be_hashed_is_known_again() -> None:
    numbers = count(1)
    twins = Twins(lambda: str(next(numbers)))
    call = Call(ToolCall("mcp__db__query", {"sql": ["\ud800"]}), "/shop")
    assert twins.use_of(question("a", call), 0) == twins.use_of(question("b", call), 1)
