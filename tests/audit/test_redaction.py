"""Secrets in every place where people put them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.audit.redaction import KEY_BYTES, Redactor, load_key

REDACTOR = Redactor(b"k" * KEY_BYTES)
AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
GITHUB = "ghp_" + "aB3" * 12
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----"

# A text with `@@` where the secret stands.
PLACES = (
    "psql postgres://app:@@@db.example.com/prod -c 'DROP TABLE t'",
    "psql 'postgresql://app:@@@db.example.com:5432/prod?sslmode=require'",
    "redis-cli -u redis://:@@@cache:6379/0 FLUSHALL",
    "DATABASE_URL=mysql://root:@@@10.0.0.1/x rails db:drop",
    "PGPASSWORD=@@ psql -h db",
    "export PGPASSWORD='@@'; psql -h db",
    'MYSQL_PWD="@@" mysql -h db',
    "AWS_SECRET_ACCESS_KEY=@@ aws s3 rb s3://x --force",
    "export API_KEY=@@",
    "tool --password @@ --force",
    "tool --password=@@ --force",
    "tool --db-password '@@'",
    "tool --token @@",
    "tool --api-key=@@",
    "mysql -h db -u root -p@@ -e 'DROP DATABASE x'",
    "mysqldump --single-transaction -p'@@' shop",
    "sshpass -p @@ ssh host reboot",
    "docker login -u me -p @@ registry.example.com",
    "redis-cli -h cache -a @@ FLUSHALL",
    "curl -u admin:@@ https://es:9200/_all -X DELETE",
    "curl -H 'Authorization: Bearer @@' https://api",
    'curl -H "Authorization: Basic @@" https://api',
    "curl -H 'X-Api-Key: @@' https://api",
    "curl -H 'Cookie: session=@@' https://api",
    '{"password": "@@", "host": "db"}',
    r'sh -c "echo {\"token\": \"@@\"}"',
    "password: @@\nhost: db",
    "ALTER ROLE app PASSWORD '@@'",
    "CREATE USER app WITH ENCRYPTED PASSWORD '@@' VALID UNTIL 'infinity'",
    "CREATE USER 'app'@'%' IDENTIFIED BY '@@'",
    "ALTER USER x IDENTIFIED WITH mysql_native_password BY '@@'",
    "Server=db;Database=shop;User Id=sa;Password=@@;",
    "Server=db;Uid=sa;Pwd=@@;",
    "machine db login me password @@",
    "openssl enc -pass pass:@@ -in x",
    "kubectl create secret generic x --from-literal=password=@@",
    "AccountName=x;AccountKey=@@==;EndpointSuffix=core.windows.net",
    "mysql -h db '-p@@' -e 'DROP TABLE x'",
    "mongosh -u me -p '@@' --eval 'db.dropDatabase()'",
    "az login --service-principal -u me -p @@ --tenant t",
    "az storage blob delete-batch --account-key @@ -s logs",
    "sqlcmd -S db -U sa -P @@ -Q 'DROP TABLE x'",
    "redis-cli -h db auth @@",
    "redis-cli -h db --pass @@ FLUSHALL",
    "doctl -t @@ compute droplet delete x",
    "netlify sites:delete x --auth @@",
    "influx -password '@@' -execute 'DROP DATABASE x'",
    "ldapdelete -w @@ -D cn=x",
    "openssl enc -aes-256-cbc -k @@ -in x",
    "zip -P @@ a b",
    "7z x -p@@ a.7z",
    "vault login @@",
    "vault kv put secret/x value=@@",
    "vault kv put secret/x plain='@@' other=@@",
    "sqlplus me/@@@prod",
    "smbclient -U 'me%@@' //h/x",
    "echo @@ | docker login -u me --password-stdin r.example.com",
    "echo '@@' | sudo -S rm -rf /srv",
    "gh auth login --with-token <<< '@@'",
    "npm config set //r.example.com/:_authToken @@",
    "kubectl create secret generic x --from-literal=plain=@@",
    "curl -b 'session=@@' https://api",
    "curl 'https://api/x?sig=@@&n=1'",
    "curl 'https://s3/x?X-Amz-Signature=@@'",
    "curl https://hooks.slack.com/services/@@",
    "mysql -e \"SET PASSWORD FOR x = '@@'\"",
    "SECRET_KEY_BASE=@@ rails db:drop",
    "SMTP_PASS=@@ make",
    "JWT=@@ make",
)
SECRETS = ("hunter2", "S3cr3t!horse", AWS, GITHUB, "0")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_replaced_where_people_put_one(place: str, secret: str) -> None:
    shown = REDACTOR.redact(place.replace("@@", secret))
    assert "‹secret " in shown
    if secret != "0":  # one digit stands elsewhere in the text too
        assert secret not in shown


@pytest.mark.parametrize("place", PLACES)
def test_two_texts_that_differ_in_a_secret_still_differ(place: str) -> None:
    assert REDACTOR.redact(place.replace("@@", "hunter2")) != REDACTOR.redact(place.replace("@@", "hunter3"))


@pytest.mark.parametrize(
    "token",
    [
        GITHUB,
        "github_pat_" + "a1B2" * 8,
        "glpat-" + "x1" * 10,
        "sk-proj-" + "Ab1" * 10,
        "sk_live_" + "a1" * 10,
        "xoxb-123456789012-abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        "AIza" + "Sy1" * 12,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN",
        "hvs." + "CAES1" * 6,
        AWS,
        PEM,
    ],
)
def test_a_token_is_known_by_its_shape_wherever_it_stands(token: str) -> None:
    shown = REDACTOR.redact(f"deploy {token} now")
    assert shown.startswith("deploy ‹secret ")
    assert shown.endswith("› now")


def test_a_private_key_that_is_cut_off_goes_to_the_end() -> None:
    assert "b3BlbnNz" not in REDACTOR.redact(PEM[:60])


@pytest.mark.parametrize(
    "text",
    [
        "rm -rf build dist node_modules",
        "PGPASSWORD=$PASSWORD psql -h db",
        'curl -H "Authorization: Bearer $TOKEN" https://api',
        "PWD=/home/alice OLDPWD=/tmp make",
        "git reset --hard 3f786850e387550fdab836ed7e6dc881de23001b",
        "kubectl delete secret api --namespace prod",
        "aws secretsmanager delete-secret --secret-id prod/db",
        "docker login --password-stdin registry.example.com",
        "psql -h localhost:5432 -U app",
        "curl https://example.com:8443/react@18/index.js",
        "mysql -h db -u root -p -e 'SELECT 1'",
        "terraform destroy -var max_tokens=5",
        "arn:aws:rds:eu-west-1:123456789012:db:shop",
        "docker build --secret id=npm,src=.npmrc .",
        "docker run -p 8080:80 -e A=b nginx",
        "KMS_KEY=alias/payments terraform plan",
        "git push https://ada@github.com/a/b main",
        "vault kv get secret/x",
        "mkdir -p src/auth src/token",
        "psql -h db -c 'select key, code from t'",
        "curl 'https://api/x?page=2&sort=key'",
        "echo done | tee log.txt",
        "bypass=1 compass --auth-mode none",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert REDACTOR.redact(text) == text


@pytest.mark.parametrize(
    "text", ["STRIPE_KEY=@@ make", "git push https://@@@github.com/a/b main", "ENCRYPTION_KEY='@@' make"]
)
def test_what_could_be_a_name_is_a_secret_where_it_looks_like_none(text: str) -> None:
    secret = "a8Fk27xQvw19"
    assert secret not in REDACTOR.redact(text.replace("@@", secret))


def test_a_secret_of_the_call_is_hidden_wherever_else_it_turns_up() -> None:
    knowing = REDACTOR.knowing(["az storage blob delete-batch --account-key hunter22 -s logs"], ["of-a-variable"])
    assert "hunter22" not in knowing.redact("Deletes the storage hunter22 and what is in it")
    assert "of-a-variable" not in knowing.redact("https://api/of-a-variable")
    assert knowing.redact("logs") == "logs"
    assert knowing.seal("x") == REDACTOR.seal("x")
    assert "hunter22" not in repr(knowing)


def test_a_word_that_stands_in_the_open_as_well_is_no_secret() -> None:
    knowing = REDACTOR.knowing(["psql postgres://postgres:postgres@localhost/postgres", "PGPASSWORD=abc psql"])
    assert knowing.known == ()


FRAGMENTS = st.sampled_from(
    ["password=", "--token ", "postgres://u:", "@db/x", " ", "'", '"', "Bearer ", "Authorization: ", "PASSWORD '", "-p",
     "mysql ", "secret", ": ", "‹secret 7f3a›", GITHUB, "hunter2", "\\", "\n", "=", "$X", ";"]
)  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=4), max_size=12).map("".join))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = REDACTOR.redact(text)
    assert REDACTOR.redact(once) == once


def test_an_argv_hides_the_word_behind_a_secret_flag() -> None:
    shown = REDACTOR.words(("tool", "--password", "hunter2 with blanks", "--token", "-x", "PGPASSWORD=abc"))
    assert shown[1] == "--password"
    assert shown[2].startswith("‹secret ")
    assert shown[4] == "-x"
    assert "abc" not in shown[5]
    assert REDACTOR.words(()) == ()


def test_a_variable_with_a_secret_name_is_hidden_whole() -> None:
    assert REDACTOR.value("AWS_SECRET_ACCESS_KEY", "short").startswith("‹secret ")
    assert not REDACTOR.value("PGPASSWORD", "")
    assert REDACTOR.value("AWS_PROFILE", "prod") == "prod"


def test_another_key_gives_other_marks_and_seals() -> None:
    other = Redactor(b"o" * KEY_BYTES)
    assert other.seal("x") != REDACTOR.seal("x")
    assert other.redact("PGPASSWORD=hunter2") != REDACTOR.redact("PGPASSWORD=hunter2")
    assert "k" * 8 not in repr(REDACTOR)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = load_key(tmp_path / "key")
    assert load_key(tmp_path / "key") == key
    assert len(key) == KEY_BYTES
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(OSError, match="5 bytes"):
        load_key(tmp_path / "key")


HOSTILE = (
    "password",
    "a.b-c_d ",
    "mysql -x ",
    "x:y@",
    "'\"",
    "://a:",
    "://aaaaa",
    "--aaaa",
    "identified by ",
    "A1a/",
    "C${x@P}aTE(2",
    "vault put ",
    "echo a | ",
    "mongo -x ",
    "?key=a&",
    "A_KEY=",
    "zip ",
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_time_of_redaction_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        before = time.process_time()
        REDACTOR.redact(unit * (length // len(unit)))
        return time.process_time() - before

    assert seconds(80_000) < 8 * max(seconds(20_000), 0.02)  # squared growth would be 16 times
