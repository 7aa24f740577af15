"""Settings files as people have them: written by hand, and made at random in their manners."""

from __future__ import annotations

import json
import random

LINT = {"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]}
OTHERS = json.dumps({"hooks": {"PreToolUse": [LINT], "Stop": [{"hooks": [{"type": "command", "command": "bell"}]}]}})

BY_HAND = {
    "nothing in it": "",
    "a blank line": "\n",
    "an empty object": "{}",
    "an empty object and a line break": "{}\n",
    "an empty object with a blank": "{ }",
    "an empty object over two lines": "{\n}\n",
    "an empty object over many": "\n{\n\n  \n}\n\n",
    "two blanks": '{\n  "model": "opus",\n  "b": [1, 2]\n}\n',
    "four blanks": '{\n    "a": {\n        "z": 1\n    }\n}\n',
    "tabs": '{\n\t"a": 1,\n\t"b": {\n\t\t"c": []\n\t}\n}\n',
    "one blank": '{\n "a": 1\n}\n',
    "no indentation": '{\n"a": 1,\n"b": 2\n}\n',
    "a staircase": '{\n  "a": {\n     "b": {\n            "c": 1 } },\n "d": 2}\n',
    "commas that lead": '{\n    "a": 1\n  , "b": 2\n  , "c": [ 3\n         , 4 ]\n}\n',
    "no line break at the end": '{\n  "a": 1\n}',
    "many line breaks at the end": '{\n  "a": 1\n}\n\n\n',
    "blanks before it": '  \n\t{"a": 1}',
    "blanks at the ends of lines": '{  \n  "a": 1,   \n  "b": 2  \n}  \n',
    "one line": '{"a": 1}',
    "one line, wide": '{ "a" : 1 , "b" : [ 2 ] }',
    "one line that ends": '{"a": {"b": {}}, "c": []}\n',
    "line ends of Windows": '{\r\n  "a": 1,\r\n  "b": [\r\n    2\r\n  ]\r\n}\r\n',
    "line ends of Windows, none at the end": '{\r\n  "a": 1\r\n}',
    "line ends of both kinds": '{\r\n  "a": 1,\n  "b": 2\r\n}\n',
    "a byte order mark": '\ufeff{\n  "a": 1\n}\n',
    "a byte order mark and Windows": '\ufeff{\r\n\t"hooks": {}\r\n}\r\n',
    "a byte order mark and one line": '\ufeff{"a": 1}',
    "numbers as they are spelt": '{\n  "n": 1.0e5,\n  "m": -0,\n  "k": 1E+2,\n  "l": 100000000000000000000000\n}\n',
    "escapes as they are spelt": '{\n  "t": "\\u00e9\\/\\"\\\\",\n  "\\u0061b": "\\ud83e\\udd89"\n}\n',
    "half a character": '{"a": "\\ud83e"}',
    "text beyond ASCII": '{\n  "é": "🦉",\n  "名": "前"\n}\n',
    "braces in texts": '{\n  "a": "}]{[",\n  "b": "\\"hooks\\": {}"\n}\n',
    "unknown keys": '{\n  "zzz": {"deep": [{"x": null}]},\n  "aaa": true\n}\n',
    "nested deeply": "{" + '"a": {' * 40 + "}" * 40 + "}",
    "hooks of others": OTHERS,
    "hooks of others over many lines": json.dumps(json.loads(OTHERS), indent=2) + "\n",
    "hooks of others, in tabs": json.dumps(json.loads(OTHERS), indent="\t"),
    "hooks of others, mixed": '{\n  "hooks": {"PreToolUse": [\n    {"matcher": "Bash", "hooks": []}\n  ]}\n}\n',
    "hooks that are empty": '{\n  "hooks": {},\n  "a": 1\n}\n',
    "hooks that are empty and last": '{\n  "a": 1,\n  "hooks": {\n  }\n}\n',
    "hooks that are empty and alone": '{\n  "hooks": { }\n}\n',
    "a list that is empty": '{\n  "hooks": {\n    "PreToolUse": []\n  }\n}\n',
    "a list that is empty, wide": '{ "hooks": { "PreToolUse": [ ], "PostToolUse": [\n] } }',
    "a list of others that is empty": '{"hooks": {"Stop": []}}',
    "hooks in the middle": '{\n  "a": 1,\n  "hooks": {\n    "Stop": []\n  },\n  "z": 2\n}\n',
    "permissions": '{\n  "permissions": {\n    "allow": ["Bash(ls:*)"],\n    "deny": []\n  }\n}\n',
    "permissions that are empty": '{\n  "permissions": {}\n}\n',
    "what a level adds, there already": (
        '{\n  "disableSkillShellExecution": true,\n  "permissions": {"disableBypassPermissionsMode": "disable"}\n}\n'
    ),
    "half of what a level adds": '{\n  "disableSkillShellExecution": true,\n  "permissions": {"ask": ["Bash"]}\n}\n',
    "an agent of Kiro": '{\n  "name": "dev",\n  "hooks": {"agentSpawn": [{"command": "git status"}]}\n}\n',
    "an agent of Kiro with a hook": '{"name": "x", "hooks": {"preToolUse": [{"matcher": "fs_*", "command": "fmt"}]}}\n',
    "hooks of Kiro": '{\n  "version": "v1",\n  "hooks": [\n    {"name": "n", "trigger": "Stop"}\n  ]\n}\n',
    "hooks of Kiro that are empty": '{\n  "version": "v1",\n  "hooks": [\n  ]\n}\n',
    "hooks of Kiro without a version": '{"hooks": [{"name": "n"}], "more": 1}',
}

KEYS = ("model", "env", "permissions", "statusLine", "theme", "mcpServers", "hooks", "includeCoAuthoredBy", "é", "x y")
VALUES: tuple[object, ...] = (True, False, None, 0, 1.5, -3, "", "opus", 'a "quoted" \\ text', "🦉", [], {}, [1, [2]])


def generated(seed: int) -> str:
    """Settings made at random, in a manner of writing made at random; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a table of tests, nothing secret
    settings = _settings(chance)
    indent = chance.choice([None, 0, 1, 2, 3, 4, 8, "\t", " \t"])
    text = json.dumps(settings, indent=indent, ensure_ascii=chance.random() < 0.5)
    text = text.replace("\n", chance.choice(["\n", "\n", "\r\n"]))
    return chance.choice(["", "", "\ufeff", "\n"]) + text + chance.choice(["", "\n", "\r\n", "\n\n", "  "])


def _settings(chance: random.Random) -> dict[str, object]:
    keys = chance.sample(KEYS, chance.randrange(len(KEYS)))
    settings: dict[str, object] = {key: _value(chance, 3) for key in keys}
    settings.pop("permissions", None)
    if "env" in settings:
        settings["env"] = chance.choice([{}, {"A": "b"}, {"A": "b", "HTTP_PROXY": "http://x"}])
    if "hooks" in settings:
        events = chance.sample(["PreToolUse", "PostToolUse", "Stop", "preToolUse", "agentSpawn"], chance.randrange(5))
        settings["hooks"] = {event: [LINT] * chance.randrange(3) for event in events}
    return settings


def _value(chance: random.Random, depth: int) -> object:
    kind = chance.random() if depth else 0
    if kind < 0.5:
        return chance.choice(VALUES)
    if kind < 0.7:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {f"k{number}": _value(chance, depth - 1) for number in range(chance.randrange(4))}
