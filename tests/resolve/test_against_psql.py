"""psql itself, asked where it connects and to which database, and our answer to the same line.

The servers are this machine's own addresses; none of the names of hosts exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard.resolve.address import Address
from agentguard.resolve.postgres import connections
from tests.resolve.loopback import Heard, listening, postgres
from tests.resolve.real import World, needs

SERVICES = """# services
[svc]
host=127.0.0.3
port={port}
dbname=db_service

[dialled]
hostaddr=127.0.0.3
host=label.invalid
port={port}
dbname=db_service
[host-only]
host=127.0.0.2
"""
FILES = {
    "~/.pg_service.conf": SERVICES,
    "mine.conf": "[svc]\nhost=127.0.0.4\nport={port}\ndbname=db_mine\n",
    "sys/pg_service.conf": "[system]\nhost=127.0.0.4\nport={port}\ndbname=db_system\n[svc]\nhost=127.0.0.1\n",
}
PROGRAMS = ("psql", "pg_dump", "dropdb")
PORT = {"PGPORT": "{port}", "PGUSER": "db_user"}
HOST = {**PORT, "PGHOST": "127.0.0.2"}
ROWS: list[tuple[str, dict[str, str]]] = [
    ("psql -h 127.0.0.2 -p {port} -d db_a", PORT),
    ("psql -h 127.0.0.2 -p {port} db_a", PORT),
    ("psql -h127.0.0.2 -p{port} -ddb_a", PORT),
    ("psql --host 127.0.0.2 --port={port} --dbname=db_a", PORT),
    ("psql -h 127.0.0.2 -h 127.0.0.3 db_a", PORT),
    ("psql -d db_a -d db_b -h 127.0.0.2", PORT),
    ("psql -h 127.0.0.2 -d db_a db_user", PORT),
    ("psql db_a", HOST),
    ("psql db_a -h 127.0.0.3", HOST),
    ("psql -h 127.0.0.2 'host=127.0.0.3 dbname=db_a'", PORT),
    ("psql -h 127.0.0.2 -p 1 -d 'host=127.0.0.3 port={port} dbname=db_a'", PORT),
    ("psql -d host=127.0.0.2 -d 'host=127.0.0.3 dbname=db_b'", PORT),
    ("psql -d db_a -d host=127.0.0.3", HOST),
    ("psql -h 127.0.0.2 postgresql://127.0.0.3:{port}/db_a", PORT),
    ("psql postgres://app:sesame@127.0.0.3:{port}/db_a", PORT),
    ("psql 'postgresql://127.0.0.2:1/db_a?host=127.0.0.3&port={port}'", PORT),
    ("psql 'postgresql://127.0.0.2/db_a?dbname=db_b'", PORT),
    ("psql 'postgresql:///db_a?host=127.0.0.3'", PORT),
    ("psql 'postgresql://127.0.0.2?dbname=db_a'", PORT),
    ("psql postgresql://", {**HOST, "PGDATABASE": "db_env"}),
    ("psql postgresql://127.0.0.3", {**HOST, "PGDATABASE": "db_env"}),
    ("psql postgresql://%31%32%37.0.0.3/db_%61", PORT),
    ("psql \"host='127.0.0.3' dbname = 'db_a'\"", PORT),
    ("psql 'hostaddr=127.0.0.3 host=label.invalid dbname=db_a'", PORT),
    ("psql -h label.invalid db_a", {**PORT, "PGHOSTADDR": "127.0.0.3"}),
    ("psql -h 127.0.0.2 db_a", {**PORT, "PGHOSTADDR": "127.0.0.3"}),
    ("psql", {**HOST, "PGDATABASE": "db_env"}),
    ("psql -d db_a", {**HOST, "PGDATABASE": "db_env"}),
    ("psql", {**HOST, "PGDATABASE": "host=127.0.0.3"}),
    ("psql", {**HOST, "DATABASE_URL": "postgres://127.0.0.3:{port}/db_url"}),
    ("psql service=svc", {}),
    ("psql service=svc", HOST),
    ("psql", {"PGSERVICE": "svc"}),
    ("psql", {**HOST, "PGSERVICE": "svc", "PGDATABASE": "db_env"}),
    ("psql -h 127.0.0.2", {**PORT, "PGSERVICE": "svc"}),
    ("psql db_a", {"PGSERVICE": "svc"}),
    ("psql 'host=127.0.0.2 service=svc'", {}),
    ("psql 'service=svc host=127.0.0.2 dbname=db_a'", {}),
    ("psql service=dialled", {}),
    ("psql 'service=dialled host=127.0.0.2'", {}),
    ("psql service=host-only", {**PORT, "PGDATABASE": "db_env"}),
    ("psql postgresql://127.0.0.2/db_a?service=svc", {}),
    ("psql 'postgresql:///?service=svc'", {}),
    ("psql service=svc", {"PGSERVICEFILE": "mine.conf"}),
    ("psql service=system", {"PGSYSCONFDIR": "{home}/work/shop/sys"}),
    ("psql service=svc", {"PGSYSCONFDIR": "{home}/work/shop/sys"}),
    ("psql service=system", {"PGSERVICEFILE": "mine.conf", "PGSYSCONFDIR": "{home}/work/shop/sys"}),
    ("psql -h 127.0.0.2,127.0.0.3 -p 1,{port} db_a", PORT),
    ("psql postgresql://127.0.0.3:{port},127.0.0.2:1/db_a", PORT),
    ("export PGHOST=127.0.0.3; psql db_a", HOST),
    ("PGHOST=127.0.0.3 psql db_a", HOST),
    ("(export PGHOST=127.0.0.3); psql db_a", HOST),
    ("env -u PGHOST psql -h 127.0.0.4 db_a", HOST),
    ("unset PGSERVICE; psql db_a", {**HOST, "PGSERVICE": "svc"}),
    ("PGSERVICEFILE=mine.conf; export PGSERVICEFILE; psql service=svc", {}),
    ("pg_dump -h 127.0.0.2 db_a", PORT),
    ("pg_dump -d postgresql://127.0.0.3/db_a -h 127.0.0.2", PORT),
    ("dropdb -h 127.0.0.2 --maintenance-db=db_m db_gone", PORT),
    ("dropdb --maintenance-db=postgresql://127.0.0.3/db_m db_gone", HOST),
]


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    with listening(postgres) as servers:
        yield servers


@needs("psql")
@pytest.mark.parametrize(("line", "env"), ROWS)
def test_psql_connects_where_we_say(line: str, env: dict[str, str], heard: Heard, tmp_path: Path):
    world = World(tmp_path, {"port": heard.port}).write(FILES)
    heard.calls.clear()
    said = world.run(line, {"PGCONNECT_TIMEOUT": "5", **env})
    assert heard.calls, said.stderr
    host, database = heard.calls[-1]
    (ours,) = connections(world.subject(line, env, next(name for name in PROGRAMS if name in line)))
    addresses = [address for _, address in ours.places]
    assert Address(host, heard.port) in addresses
    assert len(addresses) == 1 or "," in line  # of several hosts every one may be the one
    named = {evidence.says for sort, evidence in ours.names if sort == "database"} or {"db_user"}
    assert named == {"db_gone" if "db_gone" in line else database}
