from dataclasses import replace

import pytest

from agentguard.model.effect import Effect, Verb
from agentguard.policy.names import shipped_names
from agentguard.resolve import resolve
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox
from tests.resolve.where import CWD, HOME, acting, command, where

PROD_URL = "postgresql://app:sesame@db.prod.internal/orders"
PROJECT = [
    ("prisma migrate reset", {}, {".env": f"DATABASE_URL={PROD_URL}\n"}, "prod"),
    ("prisma migrate reset", {}, {".env": "DATABASE_URL=postgresql://a:b@localhost/orders_prod\n"}, "dev"),
    ("prisma migrate reset", {}, {"prisma/.env": f'DATABASE_URL="{PROD_URL}"\n'}, "prod"),
    ("prisma migrate reset", {"DATABASE_URL": PROD_URL}, {".env": "DATABASE_URL=postgresql://localhost/x\n"}, "prod"),
    ("prisma migrate reset", {}, {}, "unknown"),
    ("prisma migrate reset", {}, {".env": "DATABASE_URL=postgresql://a:b@10.0.0.1/orders\n"}, "unknown"),
    ("prisma migrate reset", {}, {".env": "DATABASE_URL=file:./dev.db\n"}, "dev"),
    ("prisma migrate reset", {"NODE_ENV": "production"}, {".env.production": f"DATABASE_URL={PROD_URL}\n"}, "prod"),
    (
        "prisma migrate reset",
        {},
        {"prisma/schema.prisma": 'url = env("DB_CONN")\n', ".env": f"DB_CONN={PROD_URL}\n"},
        "prod",
    ),
    ("alembic -x env=prod downgrade base", {}, {}, "prod"),
    ("artisan migrate:fresh --database=prod", {}, {".env": "APP_ENV=local\nDB_HOST=127.0.0.1\n"}, "prod"),
    ("artisan migrate:fresh", {}, {".env": "APP_ENV=production\nDB_HOST=db.internal\n"}, "prod"),
    ("artisan migrate:fresh", {}, {".env": "APP_ENV=local\nDB_HOST=mysql\n"}, "dev"),
    ("artisan migrate:fresh", {}, {".env": "APP_ENV=local\nDB_HOST=10.0.0.1\n"}, "unknown"),
    ("artisan migrate:fresh", {}, {".env": "APP_ENV=local\nDB_HOST=db.prod.internal\n"}, "prod"),
    ("artisan migrate:fresh", {"APP_ENV": "production"}, {".env": "APP_ENV=local\nDB_HOST=127.0.0.1\n"}, "prod"),
    ("artisan migrate:fresh --env=staging", {}, {".env": "DB_HOST=127.0.0.1\n"}, "staging"),
    ("artisan migrate:fresh", {}, {".env": "DB_HOST=db\n"}, "unknown"),
    ("manage.py migrate --settings=config.dev", {}, {}, "dev"),
    ("manage.py flush --settings=config.production", {}, {}, "prod"),
    ("manage.py flush", {"DJANGO_SETTINGS_MODULE": "config.production"}, {}, "prod"),
    (
        "manage.py flush",
        {},
        {"manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.prod")'},
        "prod",
    ),
    ("manage.py flush", {}, {}, "unknown"),
    ("rails db:migrate RAILS_ENV=development", {}, {}, "dev"),
    ("rails db:drop RAILS_ENV=production", {}, {}, "prod"),
    ("rails db:drop", {"RAILS_ENV": "production"}, {}, "prod"),
    ("RAILS_ENV=test rails db:test:prepare", {}, {}, "dev"),
    ("rails db:drop", {}, {}, "dev"),
    ("rails db:drop", {"DATABASE_URL": PROD_URL}, {}, "prod"),
    ("rails db:drop", {}, {".env": "DATABASE_URL=$SOMETHING\n"}, "unknown"),
    ("rails db:drop", {}, {".env": "DATABASE_URL=postgres://db/shop\n"}, "dev"),
    ("rails db:drop", {"NODE_ENV": "production"}, {}, "dev"),
    ("knex migrate:rollback --env production", {}, {}, "prod"),
    ("alembic downgrade base", {}, {"alembic.ini": f"[alembic]\nsqlalchemy.url = {PROD_URL}\n"}, "prod"),
    ("alembic downgrade base", {}, {"alembic.ini": "[alembic]\nsqlalchemy.url = sqlite:///x.db\n"}, "dev"),
    ("flyway clean -url=jdbc:postgresql://db.prod.internal/x", {}, {}, "prod"),
    ("flyway clean", {"FLYWAY_URL": "jdbc:mysql://localhost/x"}, {}, "dev"),
]


@pytest.mark.parametrize(("line", "env", "files", "tier"), PROJECT)
def test_a_projects_tool_is_where_its_mode_and_connection_are(
    line: str, env: dict[str, str], files: dict[str, str], tier: str
):
    assert where("project", line, env=env, files=files).tier == tier


def test_no_password_of_a_dotenv_file_is_evidence():
    found = where("project", "prisma migrate reset", files={".env": f"DATABASE_URL={PROD_URL}\nTOKEN=sesame\n"})
    assert "sesame" not in str(found)
    assert str(found.evidence[0]) == ".env DATABASE_URL is db.prod.internal"


CONNECTIONS = [
    ("postgres://app:sesame@db.prod.internal/orders", "prod"),
    ("postgresql+psycopg://app:sesame@db.prod.internal/orders?sslmode=require", "prod"),
    ("host=db.prod.internal dbname=orders password=sesame", "prod"),
    ("Server=tcp:db.prod.internal,1433;Database=orders;Password=sesame;", "prod"),
    ("Data Source=10.0.0.1;Initial Catalog=orders_prod;Password=sesame", "prod"),
    ("app:sesame@tcp(db.prod.internal:3306)/orders", "prod"),
    ("app:sesame@tcp(127.0.0.1:3306)/orders_prod", "dev"),
    ("sqlite:///sesame.db", "dev"),
    ("${SOMETHING_ELSE}", "unknown"),
    ("sesame", "unknown"),
]


@pytest.mark.parametrize(("text", "tier"), CONNECTIONS)
def test_a_connection_is_read_however_it_is_written_and_without_its_secret(text: str, tier: str):
    around = Surroundings(Memory({f"{CWD}/.env": f"DATABASE_URL='{text}'\n"}, {"HOME": HOME}), CWD)
    effect = Effect(Verb.DROP, "thing", at="project", source=command("prisma migrate reset"))
    found = resolve(effect, around, Toolbox({}, shipped_names()))[0].environment
    assert found.tier == tier
    assert "sesame" not in str((found, around.record()))


def test_a_directory_that_is_not_known_has_no_default_mode():
    lost = replace(command("rails db:drop"), cwd="")
    assert where("project", lost).tier == "unknown"


def test_a_variable_of_a_dotenv_file_ends_with_its_line():
    found = where("project", "artisan migrate:fresh", files={".env": "APP_ENV=\nDB_HOST=localhost # prod\n"})
    assert [str(piece) for piece in found.evidence] == [".env DB_HOST is localhost"]


AWS = {"~/.aws/config": "[profile shop]\nsso_account_name = shop-production\n"}
NAMED = [
    ("fly apps destroy shop-prod", ("shop-prod",), {}, {}, "prod"),
    ("fly apps destroy shop", ("shop",), {}, {}, "unknown"),
    ("flyctl volumes destroy v1 -a shop-prod", ("v1",), {"FLY_APP": "shop-dev"}, {}, "prod"),
    ("fly volumes destroy v1", ("v1",), {"FLY_APP": "shop-dev"}, {"fly.toml": 'app = "shop-prod"'}, "dev"),
    ("fly volumes destroy v1", ("v1",), {}, {"fly.toml": 'app = "shop-prod"'}, "prod"),
    ("heroku pg:reset DATABASE_URL -a shop-prod", (), {"HEROKU_APP": "shop-dev"}, {}, "prod"),
    ("heroku pg:reset -r staging", (), {"HEROKU_APP": "shop-prod"}, {}, "staging"),
    ("heroku addons:destroy test-db -a shop", ("test-db",), {}, {}, "unknown"),
    ("pulumi destroy --stack acme/prod", (), {}, {}, "prod"),
    ("pulumi destroy", (), {}, {"Pulumi.yaml": "", "Pulumi.prod.yaml": "", "Pulumi.dev.yaml": ""}, "prod"),
    ("pulumi destroy", (), {}, {"Pulumi.yaml": "", "Pulumi.dev.yaml": ""}, "dev"),
    ("pulumi destroy", (), {}, {"Pulumi.yaml": "", "Pulumi.dev.yaml": "", "Pulumi.eu.yaml": ""}, "unknown"),
    ("wrangler d1 execute DB --local", (), {}, {"wrangler.toml": 'name = "shop-prod"'}, "dev"),
    ("wrangler d1 execute DB", (), {}, {"wrangler.toml": 'name = "shop-prod"'}, "prod"),
    ("vercel --prod", (), {}, {".vercel/project.json": '{"projectName": "shop"}'}, "prod"),
    (
        "firebase firestore:delete -P shop-prod",
        (),
        {},
        {".firebaserc": '{"projects": {"default": "shop-dev"}}'},
        "prod",
    ),
    ("firebase firestore:delete", (), {}, {".firebaserc": '{"projects": {"default": "shop-dev"}}'}, "dev"),
    ("wrangler delete --env production", (), {"CLOUDFLARE_ENV": "dev"}, {}, "prod"),
    ("supabase db reset --db-url postgresql://u:sesame@db.prod.internal/x", (), {}, {}, "prod"),
    ("dbt run --target prod", (), {"DBT_TARGET": "dev"}, {}, "prod"),
    ("dbt run", (), {}, {"~/.dbt/profiles.yml": "config: {}\nshop:\n  target: prod\n"}, "prod"),
    ("sls remove --stage prod", (), {}, {}, "prod"),
    ("vault kv delete kv/prod/app", ("kv/prod/app",), {}, {}, "prod"),
    ("vault kv delete kv/shop/app", ("kv/shop/app",), {}, {}, "dev"),
    ("vault kv delete kv/prod/app", ("kv/prod/app",), {"VAULT_ADDR": "https://vault.corp.example:8200"}, {}, "prod"),
    ("vault kv delete kv/app", (), {"VAULT_ADDR": "https://vault.prod.example.com"}, {}, "prod"),
    (
        "vault kv delete kv/app -address=http://127.0.0.1:8200",
        (),
        {"VAULT_ADDR": "https://vault.prod.example.com"},
        {},
        "dev",
    ),
    ("etcdctl del x --endpoints=10.0.0.1:2379,etcd.prod.internal:2379", (), {}, {}, "prod"),
    ("etcdctl del x", (), {}, {}, "dev"),
    ("kafka-topics --bootstrap-server b:9092 --topic orders", (), {}, {}, "unknown"),
    ("kafka-topics.sh --bootstrap-server k.prod.internal:9092", (), {}, {}, "prod"),
    ("cqlsh db.prod.internal", (), {"CQLSH_HOST": "localhost"}, {}, "prod"),
    ("doctl databases delete -c prod 1", ("1",), {}, {}, "prod"),
    ("cdk destroy ShopStack", ("ShopStack",), {"AWS_PROFILE": "shop"}, AWS, "prod"),
    ("cdk destroy ShopStack", ("ShopStack",), {"AWS_PROFILE": "dev"}, AWS, "dev"),
    ("cdk destroy ShopStack", ("ShopStack",), {}, {}, "unknown"),
    ("sls remove --stage dev", (), {"AWS_PROFILE": "shop"}, AWS, "prod"),
    ("sls remove --stage dev", (), {}, {}, "dev"),
    ("eksctl delete cluster -n shop-prod", (), {}, {}, "prod"),
    ("pulumi destroy -C infra", (), {}, {"infra/Pulumi.prod.yaml": ""}, "prod"),
    ("doctl databases delete --context prod 1", ("1",), {}, {}, "prod"),
    ("mcp mcp__postgres_prod__delete_row", (), {}, {}, "prod"),
]


@pytest.mark.parametrize(("line", "objects", "env", "files", "tier"), NAMED)
def test_a_tool_that_is_told_a_name_is_where_the_name_says(
    line: str, objects: tuple[str, ...], env: dict[str, str], files: dict[str, str], tier: str
):
    assert where("named", line, env=env, files=files, effect=acting("thing", *objects)).tier == tier


def test_no_password_of_a_url_is_shown():
    assert "sesame" not in str(where("named", "supabase db reset --db-url postgresql://u:sesame@db.prod.internal/x"))


PLACES = [
    (f"{HOME}/work/shop/dist", "inside the checkout"),
    (f"{HOME}/notes", "outside the checkout, in the home directory"),
    (HOME, "the home directory"),
    ("/", "the root of the file system"),
    ("/tmp/x", "temporary"),
    ("/scratch/x", "temporary"),
    ("/tmpfiles", "outside the checkout"),
    (f"{HOME}/work/shop-2", "outside the checkout, in the home directory"),
]


@pytest.mark.parametrize(("path", "part"), PLACES)
def test_files_are_local_and_say_where(path: str, part: str):
    found = where("files", "rm -rf x", env={"TMPDIR": "/scratch"}, files={".git/HEAD": ""}, effect=acting("file", path))
    assert (found.tier, found.evidence[0].says) == ("local", part)


def test_a_sqlite_file_is_local():
    assert where("sqlite", "sqlite3 prod.db x").tier == "local"


def test_a_resolver_nobody_has_is_nowhere_known():
    assert where("moon", "launch").tier == "unknown"


@pytest.mark.parametrize(
    ("line", "files", "tier"),
    [
        ("flyway clean", {"flyway.conf": "flyway.url=jdbc:postgresql://db.prod.internal/x\n"}, "prod"),
        ("flyway clean", {"flyway.toml": '[environments.default]\nurl = "jdbc:postgresql://localhost/x"\n'}, "dev"),
        ("flyway -configFiles=conf/prod.conf clean", {}, "prod"),
        ("liquibase drop-all", {"liquibase.properties": "url: jdbc:postgresql://db.prod.internal/x\n"}, "prod"),
        ("prisma migrate dev", {}, "dev"),
        ("prisma migrate dev", {".env": "DATABASE_URL=postgres://db.prod.internal/x\n"}, "prod"),
    ],
)
def test_migration_tools_read_their_own_files(line: str, files: dict[str, str], tier: str) -> None:
    assert where("project", line, files=files, depth=2 if "prisma" in line else 0).tier == tier
