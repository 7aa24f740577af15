"""Where secrets stand, and what they look like: a table of patterns, and nothing that runs.

In each, the last group that matched is the secret. Those that know the place go before those that know a shape, so that
a token inside a password goes with the whole password. A word that begins as a variable (`$TOKEN`) is none.
"""

from __future__ import annotations

import re

_NAME = (
    r"(?:password|passwd|passphrase|passcode|secret|token|credentials?|api[_-]?key|access[_-]?key"
    r"|secret[_-]?key(?:[_-]?base)?|private[_-]?key|account[_-]?key|_pwd|(?-i:\bPwd|\bpwd)|_pat|_auth"
    r"|(?-i:\b(?:[A-Z][A-Z0-9]*_)*(?:PASS|JWT)))"
)
_VALUE = (  # what is a mark already is passed over
    r"(?:\\+\"(?!‹)([^\"\\]+)|\\+'(?!‹)([^'\\]+)|\"(?!‹)((?:[^\"\\]|\\.)+)\"|'(?!‹)([^']+)'|"
    r"(?![$<{\[‹])([^\s\"'\\&;|,(){}\]<>]+))"
)
_TOKENS = (
    r"gh[opsur]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|[srp]k_(?:live|test)_\w{10,}"
    r"|xox[a-z]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|dop_v1_[0-9a-f]{40,}|hvs\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_MIXED = r"(?=[^\s]{0,39}[a-z])(?=[^\s]{0,39}[A-Z])(?=[^\s]{0,39}\d)(?!(?:[^/\s]{0,99}/){4})"  # no path, no git hash
_KEYED = (
    r"(?=[\w+/.-]{0,40}\d)(?=[\w+/.-]{0,40}[A-Za-z])([\w+/.=-]{8,})"  # letters and digits: no alias, no field's name
)
_FLAG = r"(?:password|passwd|passphrase|pass|secret|token|api-key|access-key|secret-key|account-key|auth)"
_WITHIN = r"\b[^|;&\n]{0,300}?"  # the rest of the same command


def _after(programs: str, flags: str, joined: str = r"\s+") -> str:
    """The word behind a flag that means a secret to these programs alone; `joined` is what stands between the two."""
    return rf"\b(?:{programs}){_WITHIN}\s[\"']?(?:{flags}){joined}" + _VALUE


_SECRETS: tuple[str, ...] = (
    r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z))",
    r"://[^\s:/@'\"]{0,200}:(?!\$)([^\s'\"/?#]+)@",  # user:SECRET@ of a URL
    r"://[^\s:/@'\"]{0,200}:(?!\$|\d{1,5}/)([^\s'\"@]{1,1000})@",  # the same with a raw slash in it
    r"https?://(?![$‹])([^\s:/@'\"?#]{12,})@",  # a token alone before the host
    r"[?&](?:sig|signature|code|key|jwt|session|auth|x-amz-[a-z-]{1,30})=(?![$‹])([^&\s\"'#]+)",
    r"\bhooks\.slack\.com/services/(?![$‹])([\w/-]+)",
    r"\bdiscord(?:app)?\.com/api/webhooks/\d+/(?![$‹])([\w-]+)",
    r"authorization[\"']?\s*[:=]\s*[\"']?(?:[a-z][a-z0-9-]{0,20}\s+)?+(?!\$)([^\s\"']+)",
    r"\bbearer\s+([a-z0-9._~+/=-]{8,})",
    r"\bcookie:\s*([^\"'\n]+)",
    r"(?:\s-b|--cookie)[\s=]+[\"']?[\w.-]{1,100}=(?![$‹])([^\"'\n]+)",  # curl -b name=…
    r"\bpassword\s+(?:e?'((?:[^']|'')+)'|\"([^\"]+)\")",  # SQL: PASSWORD '…'
    r"\bset\s+password\b[^;'\"]{0,80}=\s*(?:password\s*\(\s*)?'([^']+)'",  # MySQL
    r"\bidentified\b[^;'\"]{0,60}?\b(?:by|as)\s+(?:password\s+)?(?:'([^']+)'|\"([^\"]+)\")",
    r"\blogin\s+\S+\s+password\s+(\S+)",  # .netrc
    _NAME + r"(?:\\*[\"'])?\s*(?:=|:(?!:|//))\s*" + _VALUE,  # NAME=…, "name": "…"
    r"(?-i:\b[A-Z][A-Z0-9_]{0,60}_KEY)=[\"']?" + _KEYED,  # STRIPE_KEY=…
    r"(?<![\w-])--?[\w-]{0,40}?" + _FLAG + r"(?:\s+|=)(?!-|id=|type=)" + _VALUE,
    r"\b_auth(?:token)?\s+" + _VALUE,  # npm config set …:_authToken …
    r"--from-literal[=\s]+[\"']?[\w.-]{1,100}=" + _VALUE,
    _after("mysql|mariadb|mysql\\w+|mariadb-\\w+", "-p", ""),
    _after(r"sshpass|docker\s+login|podman\s+login|7z[ar]?", "-p", r"\s*"),
    _after(r"mongo\w*|cqlsh|rabbitmqadmin|az\s+login|influx|cypher-shell", "-p"),
    _after("sqlcmd|bcp|zip|unzip", "-P", r"\s*"),
    _after(r"redis-cli|valkey-cli", "-a|auth"),
    _after(r"doctl|fly|flyctl|railway", "-t"),
    _after(r"ldap[a-z]+", "-w", r"\s*"),
    _after("openssl", "-k|-K"),
    _after(r"vault\s+login", "", r"(?!-|\w+=)"),
    _after(r"vault\s+(?:kv\s+)?(?:put|write|patch)", r"[\w.-]{1,60}=", ""),
    r"\bsqlplus" + _WITHIN + r"\s[\"']?[\w$#]{1,60}/(?!\$)([^\s@\"']+)@",
    r"\bsmb[a-z]+" + _WITHIN + r"\s-U\s*[\"']?[^\s%'\"]{1,60}%(?!\$)([^\s\"']+)",
    r"\b(?:echo|printf)\s+(?:-\w+\s+)?"
    + _VALUE
    + r"\s*\|[^|;&\n]{0,200}(?:--password-stdin|--with-token|\bsudo\s[^|;&\n]{0,40}-S\b)",
    r"(?:--password-stdin|--with-token)[^|;&\n]{0,200}<<<\s*" + _VALUE,
    r"(?:\s-u|--user)[\s=]*[\"']?[^\s:'\"]{1,100}:(?!\$)([^\s'\"]+)",  # curl -u user:…
    r"\bpass:([^\s\"':]+)",  # openssl
    r"(?-i:\b(" + _TOKENS + r"))",
    r"(?-i:(?<![A-Za-z0-9/+=._-])" + _MIXED + r"([A-Za-z0-9+][A-Za-z0-9/+]{39})(?![A-Za-z0-9/+=._-]))",  # AWS's 40
)
PATTERNS = tuple(re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in _SECRETS)
SECRET_NAME = re.compile(_NAME + r"$|PASS$|PASSWORD|SECRET_ACCESS_KEY|SESSION_TOKEN", re.IGNORECASE)
SECRET_FLAG = re.compile(r"--?[\w-]*" + _FLAG + "$", re.IGNORECASE)
