"""What the laws of the engine are tried on: lines that destroy, lines that do not, texts made of pieces of shell."""

from __future__ import annotations

from hypothesis import strategies as st

HARMLESS = (
    "ls -la",
    "echo hello",
    "git status",
    "true",
    "cat data.txt",
    "pwd",
    "kubectl get pods",
    "grep -n x data.txt",
)
DANGEROUS = (
    "rm -rf victim",
    "kubectl delete deployment api",
    "psql -h db.prod.example.com -c 'DROP TABLE orders'",
    "git reset --hard HEAD~3",
    "aws --profile prod s3 rb s3://data --force",
    "terraform destroy -auto-approve",
    "dd of=data.txt count=0",
    ": > data.txt",
)

TOKENS = st.sampled_from(
    [
        *"rm -rf victim ; && || | & ( ) { } if then fi for in do done case esac $( ` ${x:- $(( [[ ]] <(".split(),
        *("$x", "x=", "!", "*", "{a,b}", "#", ">", "<", ">>", " ", "'", '"', "\\", "\n", "<<E\n", "E\n", "echo"),
    ]
)
SNIPPETS = st.one_of(
    st.lists(TOKENS, max_size=14).map(" ".join), st.lists(TOKENS, max_size=14).map("".join), st.text(max_size=60)
)
