"""SQL and other requests in code land where the connection of that code leads, as those of a client would."""

from __future__ import annotations

import pytest

from agentguard.surroundings import Memory
from tests.laws import world

SCRIPTS = {
    "drop.py": (
        "import psycopg2\nconn = psycopg2.connect(host='prod-db')\n"
        "cur = conn.cursor()\ncur.execute('DROP TABLE users')\n"
    ),
    "function.py": (
        "import psycopg2\n"
        "def connect():\n    return psycopg2.connect('host=prod-db')\n"
        "with connect() as c, c.cursor() as cur:\n    cur.execute('TRUNCATE users')\n"
    ),
    "variable.py": (
        "import os\nfrom sqlalchemy import create_engine, text\n"
        "engine = create_engine(os.environ['DATABASE_URL'])\n"
        "with engine.begin() as c:\n    c.execute(text('DROP TABLE users'))\n"
    ),
    "memory.py": "import sqlite3\nc = sqlite3.connect(':memory:').cursor()\nc.execute('drop table if exists x')\n",
    "given.py": "def wipe(conn):\n    conn.execute('DROP TABLE users')\n",
    "home.py": "import os, shutil\nshutil.rmtree(os.environ['HOME'])\n",
    "built.py": "import os, shutil\nshutil.rmtree(os.path.join(os.environ.get('OUT', 'build'), 'x'))\n",
}
ROWS = """
hold  prod    | python3 drop.py
hold  prod    | python3 function.py
hold  unknown | python3 variable.py
hold  prod    | DATABASE_URL=postgres://prod-db/shop python3 variable.py
allow dev     | DATABASE_URL=postgres://localhost/shop python3 variable.py
allow local   | python3 memory.py
ask   local   | python3 given.py
block local   | python3 home.py
allow local   | python3 built.py
hold  prod    | python3 -c 'import pymysql; pymysql.connect(host="prod-db").cursor().execute("drop table users")'
block prod    | python3 -c 'import redis; redis.Redis(host="prod-redis").flushall()'
block prod    | python3 -c 'from pymongo import MongoClient; MongoClient("mongodb://prod-db").drop_database("shop")'
hold  prod    | python3 -c 'from pymongo import MongoClient; MongoClient("mongodb://prod-db").shop.users.delete_many({})'
block prod    | python3 -c 'from kubernetes import client; client.CoreV1Api().delete_namespace("shop")'
hold  prod    | python3 -c 'import requests; requests.delete("https://api.prod.example.com/users")'
hold  prod    | python3 -c 'from fabric import Connection; Connection("prod-db").run("rm -rf /srv/data")'
block prod    | python3 -c 'import paramiko as p; c = p.SSHClient(); c.connect("prod-db"); c.exec_command("rm -r /srv")'
block prod    | python3 -c 'import sh; sh.kubectl("delete", "namespace", "shop")'
allow local   | python3 -c 'import psycopg2; psycopg2.connect("host=prod-db").cursor().execute("select 1")'
allow local   | python3 -c 'import requests; print(requests.get("https://api.prod.example.com/users").json())'
hold  prod    | node -e 'new (require("pg").Client)("postgres://prod-db/shop").query("drop table users")'
allow dev     | node -e 'new (require("pg").Client)("postgres://localhost/shop").query("drop table users")'
ask   local   | node -e 'db.query("drop table users")'
hold  prod    | ruby -rpg -e 'PG.connect("postgres://prod-db/shop").exec("drop table users")'
hold  prod    | php -r '(new PDO("pgsql:host=prod-db;dbname=shop"))->exec("drop table users");'
allow local   | node -e 'console.log("drop table users")'
"""


@pytest.mark.parametrize("row", ROWS.strip().splitlines())
def test_a_statement_lands_where_its_connection_leads(row: str) -> None:
    expected, line = row.split("|", 1)
    files = {f"{world.CWD}/{name}": text for name, text in SCRIPTS.items()}
    verdict = world.judged(line.strip(), Memory({**world.FILES, **files}, world.ENVIRON))
    assert f"{verdict.action} {verdict.finding.tier}" == " ".join(expected.split())
