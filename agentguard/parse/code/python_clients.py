"""Libraries of Python that reach something else, as the command line that does the same: databases, Redis, MongoDB,
Kubernetes, HTTP, and hosts by ssh.

So a statement lands where the connection of its program leads, as one of psql or mysql does. A connection that a name
does not lead to is one of those that the module makes; where it makes none, nothing here speaks of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.code.addresses import by_url
from agentguard.parse.code.python_values import DEPTH, Values
from agentguard.parse.payload import Payload

Words = tuple[Word, ...]
Wanted = Mapping[str, tuple[str, ...]]  # option of the client -> the keywords that give its value

POSTGRES: Wanted = {"-h": ("host",), "-p": ("port",), "-U": ("user",), "-d": ("dbname", "database", "db")}
MYSQL: Wanted = {"-h": ("host",), "-P": ("port",), "-u": ("user",), "-D": ("database", "db")}
REDIS: Wanted = {"-h": ("host",), "-p": ("port",), "-n": ("db",)}
MAKERS = {
    "MySQLdb.connect": "mysql", "aiomysql.connect": "mysql", "aiosqlite.connect": "sqlite",
    "asyncpg.connect": "postgres", "asyncpg.create_pool": "postgres", "databases.Database": "url",
    "mariadb.connect": "mysql",
    "mysql.connector.connect": "mysql", "pg8000.connect": "postgres", "psycopg.AsyncConnection.connect": "postgres",
    "psycopg.Connection.connect": "postgres", "psycopg.connect": "postgres", "psycopg2.connect": "postgres",
    "psycopg_pool.ConnectionPool": "postgres", "pymongo.MongoClient": "mongo", "pymysql.connect": "mysql",
    "records.Database": "url", "redis.Redis": "redis", "redis.Redis.from_url": "redis", "redis.StrictRedis": "redis",
    "redis.asyncio.Redis": "redis", "redis.from_url": "redis", "sqlalchemy.create_engine": "url",
    "sqlalchemy.ext.asyncio.create_async_engine": "url", "sqlite3.connect": "sqlite",
}  # fmt: skip
REDIS_METHODS = frozenset({"delete", "execute_command", "flushall", "flushdb", "unlink"})
MONGO = {
    "delete_many": "db.{owner}.deleteMany({filter})",
    "drop": "db.{owner}.drop()",
    "drop_collection": "db.{name}.drop()",
    "drop_database": "db.getSiblingDB('{name}').dropDatabase()",
}
KUBERNETES = re.compile(r"delete_(?:collection_)?(?:namespaced_)?([a-z_]+)")
HTTP = frozenset({"requests", "httpx"})
REQUESTS = frozenset({"delete", "patch", "post", "put"})
REMOTE = frozenset({"exec_command", "run", "sudo"})


class Clients:
    """The connections of one module, and what is asked of them."""

    def __init__(self, tree: ast.AST, values: Values) -> None:
        self.values = values
        made = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.makers = [node for node in made if values.dotted(node.func) in MAKERS]
        self.hosts = [values.word(each.args[0]) for each in made if each.args and _attribute(each) == "connect"]

    def sql(self, owner: ast.expr, text: Word) -> Iterator[Payload]:
        """A statement for each connection that the owner of `execute` may be; none where no connection is made."""
        maker = self._maker(owner)
        for each in [maker] if maker else self.makers:
            words = self._sql_client(each, text)
            if words:
                yield Payload("argv", words=words, how="python")

    def call(self, node: ast.Call) -> Words | None:
        """The command line that does what a call of another library does; None for a call of none of them."""
        name, method = self.values.dotted(node.func), _attribute(node)
        if name.partition(".")[0] in HTTP or name == "urllib.request.Request":
            return self._http(node, method)
        if name.startswith("sh.") and name.count(".") == 1:
            return (Word(method), *map(self.values.word, node.args))
        if not isinstance(node.func, ast.Attribute):
            return None
        for reader in (self._stored, self._kubernetes, self._remote):
            words = reader(node.func, node)
            if words is not None:
                return words
        return None

    def _maker(self, node: ast.expr) -> ast.Call | None:
        """The call that made the connection an expression starts from: `connect(…).cursor()`, `engine.begin()`."""
        for _ in range(DEPTH):
            node = self.values.resolved(node)
            if isinstance(node, ast.Call):
                if self.values.dotted(node.func) in MAKERS:
                    return node
                node = node.func
            if isinstance(node, ast.Await | ast.Subscript | ast.Attribute):
                node = node.value
        return None

    def _keywords(self, maker: ast.Call, wanted: Wanted) -> Words:
        given = {word.arg: self.values.word(word.value) for word in maker.keywords if word.arg}
        found = ((option, given[name]) for option, names in wanted.items() for name in names if name in given)
        return tuple(word for option, value in found for word in (Word(option), value))

    def _first(self, maker: ast.Call, *names: str) -> Word | None:
        """What a connection is told first: its address."""
        named = next((word.value for word in maker.keywords if word.arg in names), None)
        first = maker.args[0] if maker.args else named
        return None if first is None else self.values.word(first)

    def _sql_client(self, maker: ast.Call, text: Word) -> Words | None:
        kind = MAKERS[self.values.dotted(maker.func)]
        address = self._first(maker, "dsn", "conninfo", "url", "host" if kind == "mysql" else "database")
        if kind == "url" and address is not None:
            return by_url(address, text)
        if kind == "sqlite" and address is not None:
            return (Word("sqlite3"), address, text)
        if kind == "postgres":
            told = () if address is None or not maker.args else (address,)
            return (Word("psql"), *self._keywords(maker, POSTGRES), *told, Word("-c"), text)
        if kind == "mysql":
            host = (Word("-h"), address) if maker.args and address is not None else ()
            return (Word("mysql"), *host, *self._keywords(maker, MYSQL), Word("-e"), text)
        return None

    def _stored(self, function: ast.Attribute, node: ast.Call) -> Words | None:
        """Keys of Redis, collections and databases of MongoDB."""
        if function.attr not in REDIS_METHODS | MONGO.keys():
            return None
        maker = self._maker(function.value)
        kind = MAKERS[self.values.dotted(maker.func)] if maker else ""
        if maker is not None and kind == "redis" and function.attr in REDIS_METHODS:
            words = tuple(map(self.values.word, node.args))
            verb = (
                ()
                if function.attr == "execute_command"
                else (Word({"delete": "del"}.get(function.attr, function.attr)),)
            )
            url = (
                (Word("-u"), self.values.word(maker.args[0])) if "from_url" in _attribute(maker) and maker.args else ()
            )
            host = (Word("-h"), self.values.word(maker.args[0])) if maker.args and not url else ()
            return (Word("redis-cli"), *url, *host, *self._keywords(maker, REDIS), *verb, *words)
        if maker is not None and kind == "mongo" and function.attr in MONGO:
            first = ast.unparse(node.args[0]) if node.args else ""
            code = MONGO[function.attr].format(owner=_last(function.value), name=first.strip("'\""), filter=first)
            return (Word("mongosh"), self._first(maker, "host") or Word("localhost"), Word("--eval"), Word(code))
        return None

    def _kubernetes(self, function: ast.Attribute, node: ast.Call) -> Words | None:
        deleted = KUBERNETES.fullmatch(function.attr)
        owner = self.values.resolved(function.value)
        name = self.values.dotted(owner.func if isinstance(owner, ast.Call) else owner)
        if deleted is None or not name.startswith("kubernetes."):
            return None
        whole = (Word("--all"),) if "_collection_" in function.attr else ()
        return (
            Word("kubectl"),
            Word("delete"),
            Word(deleted[1].replace("_", "")),
            *whole,
            *map(self.values.word, node.args[:1]),
        )

    def _remote(self, function: ast.Attribute, node: ast.Call) -> Words | None:
        """What paramiko and fabric run on another host."""
        if function.attr not in REMOTE or not node.args:
            return None
        owner = self.values.resolved(function.value)
        name = self.values.dotted(owner.func) if isinstance(owner, ast.Call) else ""
        if isinstance(owner, ast.Call) and name in ("fabric.Connection", "fabric.connection.Connection") and owner.args:
            return (Word("ssh"), self.values.word(owner.args[0]), self.values.word(node.args[0]))
        if function.attr == "exec_command" and name == "paramiko.SSHClient":
            host = self.hosts[0] if self.hosts else Word(UNKNOWN_PART, known=False)
            return (Word("ssh"), host, self.values.word(node.args[0]))
        return None

    def _http(self, node: ast.Call, method: str) -> Words | None:
        """A request that changes something, where its host is told."""
        named = next((self.values.word(word.value).text for word in node.keywords if word.arg == "method"), "")
        arguments = [self.values.word(each) for each in node.args]
        if method == "request" and arguments:
            named, arguments = arguments[0].text, arguments[1:]
        verb = named or method
        address = arguments[0] if arguments else self._first(node, "url")
        if verb.lower() not in REQUESTS or address is None or not urlsplit(address.text).hostname:
            return None
        host = urlsplit(address.text).hostname or UNKNOWN_PART
        return None if UNKNOWN_PART in host else (Word("curl"), Word("-X"), Word(verb.upper()), address)


def _attribute(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _last(node: ast.expr) -> str:
    """The collection that an expression names: `db.users`, `db["users"]`."""
    match node:
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
    return "collection"
