"""What commands of gcloud, az, gsutil and bq would do: by their words, their groups, and their risky options."""

from __future__ import annotations

import pytest

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.effect import CLASS_ORDER, class_of
from agentguard.model.environment import Tier
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped

CHECKOUT = "/home/dev/shop"
TOOLBOX = Toolbox(shipped())
FILES = {
    "boot.sh": "rm -r /srv/data\n",
    "flags.yaml": "--project: acme-prod\n--no-deletion-protection:\n",
    "nodes.yaml": "- --zone: z\n- --num-nodes: 0\n",
    "plain.yaml": "--project: acme-dev\n",
}

ROWS = [
    # release tracks change nothing
    ("gcloud beta sql instances delete shop", "delete all gcloud.database"),
    ("gcloud alpha compute instances delete vm1 --zone z", "delete one gcloud.compute.instance"),
    # groups that are called like a verb
    ("gcloud deploy releases list", "read"),
    ("gcloud run services delete api", "delete one gcloud.run.service"),
    ("gcloud firebase test android run --app a", "modify one gcloud.deployment"),
    ("az storage blob copy cancel --copy-id i", "disrupt one azure.storage.blob.copy"),
    ("az backup vault list", "read"),
    ("az sig image-version list", "read"),
    # words that stand later, or mislead
    ("gcloud firestore bulk-delete --collection-ids x", "recreate one gcloud.database"),
    ("gcloud pubsub topics set-iam-policy t policy.json", "expose one gcloud.pubsub.topic"),
    ("gcloud functions remove-iam-policy-binding f", "expose one gcloud.function"),
    ("az postgres flexible-server geo-restore -n a", "recreate one azure.postgres.flexible-server"),
    ("az sql failover-group set-primary -n a", "disrupt one azure.sql.failover-group"),
    ("az webapp restart -n a", "disrupt one azure.webapp"),
    ("gcloud frobnicate things", "unknown one gcloud.frobnicate"),
    ("az frobnicate it --name a", "unknown one azure.frobnicate"),
    # options that are a risk
    ("gcloud compute instances update vm1 --no-deletion-protection", "unprotect one gcloud.protection"),
    ("gcloud compute instances update vm1 --deletion-protection", "modify one gcloud.protection"),
    ("gcloud container clusters update c --num-nodes 0", "disrupt one gcloud.protection"),
    ("gcloud spanner instances update i --nodes 2", "modify one gcloud.spanner.instance"),
    ("gcloud redis clusters update c --clear-automated-backup-config", "unprotect one gcloud.redis.cluster"),
    ("gcloud storage buckets update gs://b --clear-lifecycle", "unprotect one gcloud.storage.protection"),
    ("gcloud sql instances patch shop --retained-backups-count=0", "unprotect one gcloud.protection"),
    ("az keyvault update -n kv --enable-purge-protection false", "unprotect one azure.keyvault"),
    ("az storage account update -n a --public-network-access Enabled", "expose one azure.storage.account"),
    ("az vmss update -n a --protect-from-scale-in false", "unprotect one azure.vmss"),
    ("az vmss scale -n a --new-capacity 0", "disrupt one azure.vmss"),
    ("az vmss scale -n a --new-capacity 3", "modify one azure.vmss"),
    # files of options
    ("gcloud compute instances update vm1 --flags-file flags.yaml", "unprotect one gcloud.protection"),
    ("gcloud compute instances update vm1 --flags-file=plain.yaml", "modify one gcloud.protection"),
    ("gcloud container clusters update c --flags-file nodes.yaml", "disrupt one gcloud.protection"),
    ("gcloud compute instances update vm1 --flags-file absent.yaml", "unknown one gcloud.protection"),
    ("gcloud compute instances list --flags-file absent.yaml", "read"),
    # what makes harmless, where it does
    ("gcloud builds worker-pools delete p --dry-run", "delete one gcloud.builds.worker-pool"),
    ("gcloud pubsub topics delete t --validate-only", "delete all gcloud.queue"),
    # what is carried
    ("az vm run-command invoke -n vm1 --command-id RunShellScript --scripts @boot.sh", "delete many file"),
    ("az vm run-command invoke -n vm1 --command-id RunShellScript --scripts @absent.sh", "unknown unknown code"),
    # requests by hand
    ("az rest --method DELETE --uri https://management.azure.com/x", "delete one azure.rest"),
    ("az rest -m delete --url https://management.azure.com/x", "delete one azure.rest"),
    ("az rest --method get --uri https://management.azure.com/x", "read"),
    ("az rest --uri https://management.azure.com/x", "read"),
    # the older clients
    ("gsutil rm -r gs://acme-data", "delete many gcloud.storage.object"),
    ("gsutil -m rsync -d ./empty gs://acme-data", "delete many gcloud.storage.object"),
    ("gsutil rsync -n -d ./empty gs://acme-data", "read"),
    ("gsutil ls gs://acme-data", "read"),
    ("bq rm -r -f shop", "delete all bigquery.dataset"),
    ("bq query --use_legacy_sql=false 'drop table shop.orders'", "drop one sql.table"),
    ("bq ls shop", "read"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "effect"), ROWS, ids=lambda text: text[:90])
def test_a_command_does_this(line: str, effect: str) -> None:
    files = {f"{CHECKOUT}/{name}": text for name, text in FILES.items()}
    found = plan(Call(ShellLine(line), CHECKOUT), Surroundings(Memory(files, {"HOME": "/home/dev"}), CHECKOUT), TOOLBOX)
    effects = [finding.effect for finding in found.findings]
    assert max(effects, key=lambda e: CLASS_ORDER.index(class_of(e, Tier.PROD))).describe() == effect, effects
