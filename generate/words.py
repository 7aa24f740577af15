"""What the words of operations mean, by reading them: the one place where a person decided.

A word that stands in no list decides nothing; the next piece of the operation's name is tried (`batch-delete-image`).
"""

from __future__ import annotations

AWS = {
    "read": """
        analyze autocomplete calculate check classify compare contains count decode decrypt describe detect discover
        download encrypt estimate evaluate explain fetch filter find forecast geocode get head infer introspect is list
        lookup ls metadata predict presign preview probe query receive recognize render rerank rescore resolve retrieve
        sample scan search select show sign simulate snap suggest synthesize tail test translate validate verify view
        wait help""",
    "create": """
        accept acknowledge add advertise allocate allow amend approve assume associate attach begin book build bundle
        callback checkout checkpoint claim clone commit compose connect copy create credential define derive distribute
        exchange export feedback forgot generate import index ingest initialize initiate insert install instantiate invite
        issue join launch mb meter notify open order package peer poll populate post prepare process provide provision
        publish purchase push record redeem register reinvite replicate report request reserve resend respond restore run save
        schedule sdk send share signal start submit subscribe synchronize take undeprecate upload website""",
    "modify": """
        activate adjust adopt amend apply assign change complete configure confirm continue convert deploy deprecate
        dismiss edit enable enter extend finalize group heartbeat increase label link login manage mark merge migrate modify
        monitor move opt optimize override promote rebalance reencrypt recall redrive refresh reimport reload rename
        renew reorder resize resume resync retry return reverse rotate set setup skip split sync tag transact transfer
        unarchive unlabel unlock unmonitor unsuspend untag update upgrade verify vote write""",
    "overwrite": "mv put regenerate replace reset",
    "recreate": "backtrack rebuild redeploy reimage rollback",
    "delete": """
        archive clear delete deprovision deregister destroy discard dispose empty evict expire flush forget leave purge
        rb redact release remove retire rm shrink terminate undeploy uninstall unregister unsubscribe""",
    "disrupt": """
        abort cancel close cutover deactivate deauthorize decline decrease demote deny detach disable disallow
        disassociate disconnect dissociate drain end exit failover halt interrupt invalidate isolate kill lock logout
        out pause reboot reject restart revoke shutdown stop suspend swap switchover unassign unassociate ungroup unlink unpeer
        unshare withdraw""",
    "unprotect": "",
    "expose": "authorize grant",
    "execute": "chat converse exec execute invoke socks ssh",
}

# What a job of this name is started, created or scheduled for (`start-remote-delete`, `schedule-key-deletion`).
STARTS = frozenset({"create", "initiate", "run", "schedule", "start", "submit"})
AIMS = {"delete": "delete", "deletion": "delete", "removal": "delete", "termination": "delete", "purge": "delete",
        "disassociation": "disrupt", "failover": "disrupt", "switchover": "disrupt", "rollback": "recreate"}  # fmt: skip
