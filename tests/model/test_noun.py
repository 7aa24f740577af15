"""What people call a kind."""

from __future__ import annotations

import pytest

from agentguard.model.noun import noun


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("aws.ec2.instance", "EC2 instance"),
        ("aws.dynamodb.table", "dynamodb table"),
        ("aws.rds.db-instance", "RDS db instance"),
        ("kubernetes.namespace", "namespace"),
        ("docker.volume", "Docker volume"),
        ("git.branch", "branch"),
        ("sql.database", "database"),
        ("redis.key", "Redis key"),
        ("", "thing"),
    ],
)
def test_a_kind_is_called_what_people_call_it(kind: str, text: str):
    assert noun(kind) == text
