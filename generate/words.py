"""What the words of operations mean, by reading them: the one place where a person decided.

A word that stands in no list decides nothing; the next piece of the operation's name is tried (`batch-delete-image`).
"""

from __future__ import annotations

AWS = {
    "read": """
        analyze autocomplete calculate check classify compare contains count decode decrypt describe detect
        discover download encrypt estimate evaluate explain fetch filter find forecast geocode get head help
        infer introspect is list lookup ls metadata predict presign preview probe query receive recognize render
        rerank rescore resolve retrieve sample scan search select show sign simulate snap suggest synthesize
        tail test translate validate view wait""",
    "create": """
        accept acknowledge add advertise allocate allow approve associate assume attach begin book build
        bundle callback checkout checkpoint claim clone commit compose connect copy create credential define
        derive distribute exchange export feedback forgot generate import index ingest initialize initiate
        insert install instantiate invite issue join launch mb meter notify open order package peer poll
        populate post prepare process provide provision publish purchase push record redeem register reinvite
        replicate report request resend reserve respond restore run save schedule sdk send share signal start
        submit subscribe synchronize take undeprecate upload website""",
    "modify": """
        activate adjust adopt amend apply assign change complete configure confirm continue convert deploy
        deprecate dismiss edit enable enter extend finalize group heartbeat increase label link login manage
        mark merge migrate modify monitor move opt optimize override promote rebalance recall redrive reencrypt
        refresh reimport reload rename renew reorder resize resume resync retry return reverse rotate set setup
        skip split sync tag transact transfer unarchive unlabel unlock unmonitor unsuspend untag update upgrade
        verify vote write""",
    "overwrite": "mv put regenerate replace reset",
    "recreate": "backtrack rebuild redeploy reimage rollback",
    "delete": """
        archive clear delete deprovision deregister destroy discard dispose empty evict expire flush forget
        leave purge rb redact release remove retire rm shrink terminate undeploy uninstall unregister
        unsubscribe""",
    "disrupt": """
        abort cancel close cutover deactivate deauthorize decline decrease demote deny detach disable disallow
        disassociate disconnect dissociate drain end exit failover halt interrupt invalidate isolate kill lock
        logout out pause reboot reject restart revoke shutdown stop suspend swap switchover unassign unassociate
        ungroup unlink unpeer unshare withdraw""",
    "expose": "authorize grant",
    "execute": "chat converse exec execute invoke socks ssh",
}

# Operations whose words mislead, service:operation; most of them destroy, stop or open something under another name.
AWS_OPERATIONS = {
    "delete": """
        iot:clear-default-authorizer mgn:archive-application personalize:create-data-deletion-job""",
    "disrupt": """
        ec2:disassociate-route-table ec2:replace-route ec2:send-diagnostic-interrupt
        elasticache:decrease-replica-count elasticache:test-failover elasticbeanstalk:restart-app-server
        elasticbeanstalk:swap-environment-cnames fis:start-experiment rds:promote-read-replica""",
    "execute": """
        batch:submit-job codebuild:start-build codebuild:start-build-batch codepipeline:start-pipeline-execution
        datasync:start-task-execution ecs:run-task ecs:start-task emr:add-steps emr:socks emr:ssh
        glue:start-job-run glue:start-workflow-run stepfunctions:start-execution
        stepfunctions:start-sync-execution""",
    "expose": """
        ec2:authorize-security-group-ingress ec2:modify-image-attribute ec2:modify-snapshot-attribute
        iam:add-role-to-instance-profile iam:create-access-key iam:create-login-profile iam:create-role
        iam:create-user iam:update-access-key iam:update-login-profile opensearch:update-domain-config
        organizations:attach-policy organizations:detach-policy organizations:update-policy
        rds:modify-db-cluster-snapshot-attribute rds:modify-db-snapshot-attribute
        s3api:put-bucket-ownership-controls s3api:put-public-access-block s3control:put-public-access-block
        sns:set-topic-attributes sqs:set-queue-attributes""",
    "modify": """
        application-autoscaling:register-scalable-target dynamodb:batch-write-item dynamodb:transact-write-items
        route53:change-resource-record-sets s3api:put-bucket-tagging s3api:put-bucket-versioning
        s3api:put-object-tagging""",
    "recreate": """
        cloudformation:continue-update-rollback cloudformation:rollback-stack
        ec2:create-replace-root-volume-task emr:restore-from-hbase-backup fsx:restore-volume-from-snapshot
        workspaces:restore-workspace""",
}

GCLOUD = {
    "read": """
        access analyze browse cat check classify count decrypt deidentify describe detect diagnose diff discover
        download du encrypt estimate evaluate explain export extract fetch find get hash help info inspect
        interactive is lint list log lookup ls monitor predict preview print proxy pull query read recognize
        redact render replay resolve sanitize scan search show sign simulate stat status stream suggest survey
        tail test transcribe translate troubleshoot validate verify version vet view wait watch""",
    "create": """
        accept ack acknowledge add allow approve attach backup bind buffer bug call clone commit connect copy
        create deploy enroll establish expand generate import init initiate insert install instantiate lease
        load login mb provision publish register replicate report request rerun run save seed send snapshot
        start submit subscribe train trigger undelete upload write""",
    "modify": """
        activate advance alter apply authorize change clean complete configure convert deprecate dismiss edit
        enable enforce extend ignore link lock mark migrate modify move mutate mute patch perform promote
        redeploy reinstall relocate remediate rename renew reorder repair reschedule resize resume retry reverse
        rotate seek set star switch sync tag unlock unset unstar untag update upgrade upsert""",
    "overwrite": "replace reset",
    "recreate": "rebuild recreate reimage restore revert rollback",
    "delete": """
        abandon cleanup clear delete destroy drop purge remove rm terminate undeploy unenroll uninstall
        unregister wipeout""",
    "disrupt": """
        abort cancel deactivate deauthorize demote deny detach disable disconnect drain failover inject
        invalidate kill pause reboot reencrypt reject restart revoke stop suspend switchover unlink unmanage""",
    "expose": "add-iam-policy-binding grant remove-iam-policy-binding set-iam-policy",
    "execute": "execute invoke scp ssh",
}

AZ = {
    "read": """
        assess browse check count decompile decrypt describe download encrypt evaluate exists export fetch find
        get info inspect lint list list_by_score log logs peek ping preview query read result retrieve show sign
        simulate stats status stream summarize tail test usage validate verify version wait what""",
    "create": """
        accept acquire add append approve assign attach authorize bind build capture claim clone copy create
        deploy generate grant import init initialize initiate insert install invite invoke join link load login
        mount peer populate prepare publish push put recover register run save send setup snapshot start submit
        trigger undelete up upload""",
    "modify": """
        activate apply begin change commit complete configure continue convert create_or_update edit enable
        extend finalize format generalize lock merge migrate move onboard patch perform promote reactivate
        reapply reconnect reestablish refresh relocate rename renew rescan reschedule resize resume revalidate
        rotate scale set sync tag unlock untag update upgrade upsert upsert_scope use""",
    "overwrite": "regenerate replace reset rewrite swap",
    "recreate": "georestore rebuild redeploy reimage restore revert revive rollback transitiontocmk",
    "delete": """
        archive clear delete delete_scope destroy flush purge release remove rm terminate uninstall unregister
        unset""",
    "disrupt": """
        abort break cancel close cutover deactivate deallocate detach disable disconnect fail failover hibernate
        kill offboard offline pause reboot reject restart revoke set-primary standby stop suspend unassign
        unauthorize unbind unlink unmount""",
    "expose": "open-port",
    "execute": "exec execute ssh",
}

# What a job of this name is started, created or scheduled for (`start-remote-delete`, `schedule-key-deletion`).
STARTS = frozenset({"create", "initiate", "request", "run", "schedule", "start", "submit", "trigger"})
AIMS = {
    "delete": "delete",
    "deletion": "delete",
    "disassociation": "disrupt",
    "failover": "disrupt",
    "purge": "delete",
    "removal": "delete",
    "rollback": "recreate",
    "switchover": "disrupt",
    "termination": "delete",
}
