import pytest

from agentguard.model.command import UNKNOWN_PART, Statement
from agentguard.model.effect import Effect, Verb
from agentguard.model.environment import Names, Pattern, Tier
from agentguard.policy.names import shipped_names, tighten
from agentguard.resolve import resolve
from agentguard.surroundings import Memory, Surroundings, replay
from agentguard.tools import Toolbox
from tests.resolve.where import CWD, HOME, claiming, command, where

SERVICES = """
[orders]
host=db.prod.internal
dbname=orders
password=sesame
[orders-dev]
host=localhost
dbname=orders
[dialled]
hostaddr=10.1.2.3
host=db.dev.internal
"""
FILES = {
    "~/.pg_service.conf": SERVICES,
    "mine.conf": "[orders]\nhost=127.0.0.1\n",
    "sys/pg_service.conf": "[only-system]\nhost=db.prod.internal\n",
}

POSTGRES = [
    (f"psql {UNKNOWN_PART}", {}, "unknown"),
    (f"psql -h localhost -d orders_{UNKNOWN_PART}", {}, "unknown"),
    (f"psql postgres://app:{UNKNOWN_PART}@db.prod.internal/orders", {}, "prod"),
    (f"psql postgres://app@db-{UNKNOWN_PART}/orders", {}, "unknown"),
    (f"psql -h {UNKNOWN_PART} app_prod", {}, "prod"),
    ("psql -h db.prod.internal orders", {}, "prod"),
    ("psql -h db7.internal orders", {}, "unknown"),
    ("psql -h db7.internal orders_prod", {}, "prod"),
    ("psql -h db7.internal app_dev", {}, "dev"),
    ("psql -h localhost orders_prod", {}, "dev"),
    ("psql orders_prod", {}, "dev"),
    ("psql -h /run/postgresql orders_prod", {}, "dev"),
    ("psql -h db.prod.internal host=localhost", {}, "dev"),
    ("psql -h localhost -d host=db.prod.internal", {}, "prod"),
    ("psql -h localhost postgresql://app:pw@db.prod.internal/orders", {}, "prod"),
    ("psql -d host=db.prod.internal -d host=localhost", {}, "dev"),
    ("psql 'host=localhost service=orders'", {}, "dev"),
    ("psql 'postgresql://localhost/orders?host=db.prod.internal'", {}, "prod"),
    ("psql 'postgresql:///orders?host=db.prod.internal'", {}, "prod"),
    ("psql postgresql://%2Frun%2Fpg/orders_prod", {}, "dev"),
    ("psql postgresql://localhost,db.prod.internal/orders", {}, "prod"),
    ("psql 'host=db.dev.internal hostaddr=10.1.2.3 dbname=orders'", {}, "unknown"),
    ("psql 'host=db.prod.internal hostaddr=10.1.2.3 dbname=orders'", {}, "prod"),
    ("psql 'host=db.prod.internal hostaddr=127.0.0.1 dbname=orders'", {}, "dev"),
    ("psql -h db.dev.internal", {"PGHOSTADDR": "10.1.2.3"}, "unknown"),
    ("psql service=dialled", {}, "unknown"),
    ("psql service=orders", {}, "prod"),
    ("psql service=orders-dev", {}, "dev"),
    ("psql", {"PGSERVICE": "orders"}, "prod"),
    ("psql", {"PGSERVICE": "orders", "PGHOST": "localhost"}, "prod"),
    ("psql -h localhost", {"PGSERVICE": "orders"}, "dev"),
    ("psql", {"PGSERVICE": "orders", "PGSERVICEFILE": "mine.conf"}, "dev"),
    ("psql service=only-system", {"PGSYSCONFDIR": "sys"}, "prod"),
    ("psql service=only-system", {}, "unknown"),
    ("psql service=lost-dev", {}, "unknown"),
    ("psql service=only-system", {"PGSYSCONFDIR": f"{CWD}/sys"}, "prod"),
    ("psql service=nowhere-prod", {"PGHOST": "10.0.0.1"}, "prod"),
    ("psql", {"PGHOST": "db.prod.internal"}, "prod"),
    ("psql -h localhost", {"PGHOST": "db.prod.internal"}, "dev"),
    ("PGHOST=localhost psql", {"PGHOST": "db.prod.internal"}, "dev"),
    ("psql", {"PGHOST": "10.0.0.1", "PGDATABASE": "orders_prod"}, "prod"),
    ("psql", {"PGDATABASE": "host=db.prod.internal"}, "dev"),
    ("psql", {"DATABASE_URL": "postgres://db.prod.internal/orders"}, "dev"),
    ("dropdb -h db7.internal orders_prod", {}, "prod"),
    ("pg_restore -d postgresql://db.prod.internal/x prod.dump", {}, "prod"),
    ("pg_restore -h localhost prod.dump", {}, "dev"),
]


@pytest.mark.parametrize(("line", "env", "tier"), POSTGRES)
def test_psql_takes_the_source_libpq_would_really_use(line: str, env: dict[str, str], tier: str):
    assert where("database", line, env=env, files=FILES).tier == tier


MY_CNF = {"~/.my.cnf": "[client]\nhost=db.prod.internal\npassword=sesame\n[clientqa]\nhost=db.qa.internal\n"}
DEV_CNF = {"dev.cnf": "[mysql]\nhost=localhost\n"}
INCLUDING = {
    "~/.my.cnf": "!includedir /etc/my.d/\nskip-this\n[client]\nhost = db.prod.internal\n[mysql]\n[client]\nport = 1\n"
}
MYSQL = [
    ("mysql shop", {}, INCLUDING, "prod"),
    ("mysql -h mysql-live-1 shop", {}, {}, "prod"),
    ("mysql --host=127.0.0.1 shop_prod", {}, MY_CNF, "dev"),
    ("mysql shop", {}, {}, "dev"),
    ("mysql shop", {}, MY_CNF, "prod"),
    ("mysql shop", {"MYSQL_HOST": "localhost"}, MY_CNF, "dev"),
    ("mysql shop", {"MYSQL_HOST": "db.prod.internal"}, {}, "prod"),
    ("mysql --defaults-file=dev.cnf shop", {}, {**MY_CNF, **DEV_CNF}, "dev"),
    ("mysql --defaults-group-suffix=qa shop", {}, MY_CNF, "staging"),
    ("mysql --no-defaults shop", {}, MY_CNF, "dev"),
    ("mysql --login-path=live shop", {}, {}, "prod"),
    ("mysql --login-path=shop shop", {}, {}, "unknown"),
    ("mysql -S /run/mysqld.sock shop_prod", {}, {}, "dev"),
    ("mysqlsh mysql://app:pw@db.prod.internal/shop", {}, {}, "prod"),
    ("mysql -h db7 shop_production", {}, {}, "prod"),
]


@pytest.mark.parametrize(("line", "env", "files", "tier"), MYSQL)
def test_mysql_takes_the_source_it_would_really_use(line: str, env: dict[str, str], files: dict[str, str], tier: str):
    assert where("database", line, env=env, files=files).tier == tier


OTHER = [
    ("snowsql -a acme-prod -q x", "prod"),
    ("sqlcmd -S sql.prod.internal -Q x", "prod"),
    ("cockroach sql --url postgresql://root@db.prod.internal:26257/x", "prod"),
    ("usql sqlite3:///tmp/x.db", "dev"),
    ("clickhouse-client --host localhost", "dev"),
    ("sqlcmd -Q x", "unknown"),
]


@pytest.mark.parametrize(("line", "tier"), OTHER)
def test_a_client_with_no_reader_is_read_for_a_url_or_a_host(line: str, tier: str):
    assert where("database", line).tier == tier


def test_a_claimed_loopback_address_is_what_it_is_claimed_to_be():
    names = claiming("prod", "addresses", "127.0.0.1:5433")
    assert where("database", "psql -h 127.0.0.1 -p 5433 shop", names=names).tier == "prod"
    assert where("database", "psql postgres://localhost:5433/shop", names=names).tier == "prod"
    assert where("database", "psql -h 127.0.0.1 -p 5432 shop", names=names).tier == "dev"
    assert where("database", "psql -p 5433 shop", names=names).tier == "dev"


def test_a_projects_own_claim_raises_a_loopback_address_and_never_lowers_it():
    prod = tighten(shipped_names(), Names((Pattern("address", "localhost:5432", Tier.PROD, "prod"),)))
    dev = tighten(claiming("prod", "addresses", "*:5432"), Names((Pattern("address", "*:5432", Tier.DEV, "dev"),)))
    assert where("database", "psql -h localhost shop", names=prod).tier == "prod"
    assert where("database", "psql -h localhost shop", names=dev).tier == "prod"
    local = tighten(shipped_names(), Names((Pattern("address", "*", Tier.LOCAL, "local"),)))
    assert where("database", "psql -h localhost shop", names=local).tier == "dev"
    assert where("database", "psql -h db7 shop", names=local).tier == "unknown"


def test_a_claimed_socket_is_what_it_is_claimed_to_be():
    names = claiming("prod", "addresses", "/run/demo")
    assert where("database", "psql -h /run/demo -p 5433 shop", names=names).tier == "prod"


TUNNELS = [
    (("ssh", "-N", "-L", "5432:db.prod.internal:5432", "bastion"), "prod"),
    (("ssh", "-fNL", "5432:10.0.0.5:5432", "prod-bastion"), "prod"),
    (("ssh", "-NL5432:db.dev.internal:5432", "bastion"), "dev"),
    (("ssh", "-L", "5432:10.0.0.5:5432", "dev-bastion"), "unknown"),
    (("ssh", "-L", "5432:localhost:5432", "dev-box"), "dev"),
    (("ssh", "-L", "127.0.0.1:5432:10.0.0.5:5432", "bastion"), "unknown"),
    (("ssh", "-L", "9999:db.prod.internal:5432", "-L", "5432:db.dev.internal:5432", "bastion"), "dev"),
    (("/usr/bin/autossh", "-M", "0", "-L", "5432:localhost:5432", "db.prod.internal"), "prod"),
    (("ssh: /tmp/cm-dev@bastion:22 [mux]",), "unknown"),
    (("kubectl", "--context", "prod-eu", "port-forward", "svc/db", "5432"), "prod"),
    (("kubectl", "port-forward", "-n", "staging", "svc/db", "5432"), "staging"),
    (("cloud-sql-proxy", "--port", "5432", "acme-prod:europe-west1:orders"), "prod"),
    (("cloud_sql_proxy", "-instances=acme-dev:europe-west1:orders=tcp:5432"), "dev"),
    (("session-manager-plugin", '{"TokenValue": "sesame"}', "eu-west-1", "StartSession", "prod", "{}"), "prod"),
    (
        (
            "session-manager-plugin",
            "{}",
            "eu-west-1",
            "StartSession",
            "",
            '{"Parameters": {"host": ["db.prod.internal"]}}',
        ),
        "prod",
    ),
    (("python3", "/opt/sdk/lib/gcloud.py", "compute", "start-iap-tunnel", "vm", "5432", "--project=acme-prod"), "prod"),
    (("socat", "TCP-LISTEN:5432,fork", "TCP:10.0.0.5:5432"), "unknown"),
    (("/usr/lib/postgresql/16/bin/postgres", "-D", "/var/lib/prod"), "dev"),
    ((), "dev"),
]


@pytest.mark.parametrize(("listener", "tier"), TUNNELS)
def test_a_local_port_is_what_its_tunnel_reaches(listener: tuple[str, ...], tier: str):
    assert where("database", "psql -h 127.0.0.1 app_dev", listeners={5432: listener}).tier == tier


SECRETIVE = [
    ("ssh", "-o", "ProxyCommand=nc --auth sesame %h", "-L", "5432:db.prod.internal:5432", "sesame@bastion", "sesame"),
    ("kubectl", "--token", "sesame", "--server=https://u:sesame@k8s.prod.internal", "port-forward", "svc/db", "5432"),
    ("cloud-sql-proxy", "--token=sesame", "acme-prod:europe-west1:orders"),
    ("session-manager-plugin", '{"TokenValue": "sesame"}', "eu", "StartSession", "prod", '{"token": "sesame"}'),
    ("gcloud", "compute", "start-iap-tunnel", "--access-token-file=sesame", "--project=acme-prod"),
    ("socat", "TCP-LISTEN:5432", "PROXY:proxy:db:5432,proxyauth=u:sesame"),
    ("/opt/our/server", "--password", "sesame"),
]


@pytest.mark.parametrize("listener", SECRETIVE, ids=lambda listener: listener[0])
def test_no_secret_of_a_tunnels_command_line_is_recorded_and_the_record_says_the_same(listener: tuple[str, ...]):
    around = Surroundings(Memory({}, {"HOME": HOME}, listeners={5432: listener}), CWD)
    effect = Effect(Verb.DROP, "sql.table", ("orders",), at="database", source=command("psql -h localhost x"))
    toolbox = Toolbox({}, shipped_names())
    found = resolve(effect, around, toolbox)
    assert "sesame" not in str((found, around.record()))
    assert resolve(effect, replay(around.record(), CWD), toolbox) == found


def test_a_tunnels_destination_is_looked_up_in_sshs_configuration():
    config = {"~/.ssh/config": "Host bastion\n  HostName jump.prod.example.com\n"}
    listener = {5432: ("ssh", "-N", "-L", "5432:10.0.0.5:5432", "bastion")}
    assert where("database", "psql -h localhost x", files=config, listeners=listener).tier == "prod"


def test_the_evidence_names_the_service_and_its_file_and_no_secret():
    found = where("database", "psql", env={"PGSERVICE": "orders"}, files=FILES)
    assert str(found.evidence[0]) == "PGSERVICE orders in ~/.pg_service.conf is db.prod.internal"
    loud = where("database", "psql postgres://app:sesame@db.prod.internal/orders?password=sesame")
    assert "sesame" not in str(loud)


def test_sql_by_itself_is_nowhere_known():
    effect = Effect(Verb.DROP, "sql.table", ("orders",), at="database", source=Statement("", "postgres", ()))
    targets = resolve(effect, Surroundings(Memory({}, {"HOME": HOME}), CWD), Toolbox({}, shipped_names()))
    assert [(str(target), str(target.environment.tier)) for target in targets] == [("sql.table:orders", "unknown")]


def test_the_name_of_a_target_holds_no_password():
    url = "mongodb://u:sesame@db.prod.internal/shop?password=sesame"
    effect = Effect(Verb.DROP, "mongo.database", (url,), at="mongo", source=command(f"mongosh {url}"))
    targets = resolve(effect, Surroundings(Memory({}, {"HOME": HOME}), CWD), Toolbox({}, shipped_names()))
    assert str(targets[0]) == "mongo.database:mongodb://db.prod.internal/shop"
    assert "sesame" not in str(targets)


def test_every_object_is_a_target_and_none_is_one_called_by_a_question_mark():
    effect = Effect(Verb.DROP, "sql.table", ("a", "b"), at="database", source=command("psql -h localhost"))
    around = Surroundings(Memory({}, {"HOME": HOME}), CWD)
    assert [t.name for t in resolve(effect, around, Toolbox({}, shipped_names()))] == ["a", "b"]
    assert [t.name for t in resolve(Effect(Verb.READ, "file"), around, Toolbox({}))] == ["?"]
