"""A tiny MCP server on standard input and output: one tool, `query`, which writes the SQL it was given into a file.

python -I sql_server.py FILE
"""

import json
import sys
from pathlib import Path

QUERY = {
    "name": "query",
    "description": "Run SQL",
    "inputSchema": {"type": "object", "properties": {"sql": {"type": "string"}}, "required": ["sql"]},
}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "sql", "version": "1"}}


def answer(request: dict, ran: Path) -> dict:
    """The result of one request."""
    match request["method"]:
        case "initialize":
            return HELLO
        case "tools/list":
            return {"tools": [QUERY]}
        case "tools/call":
            with ran.open("a", encoding="utf-8") as file:
                print(request["params"]["arguments"]["sql"], file=file)
            return {"content": [{"type": "text", "text": "1 row"}]}
    return {}


if __name__ == "__main__":
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:  # everything else is a notification
            reply = {"jsonrpc": "2.0", "id": request["id"], "result": answer(request, Path(sys.argv[1]))}
            print(json.dumps(reply), flush=True)  # noqa: T201 - it is how the protocol speaks
