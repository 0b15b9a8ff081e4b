"""Fill a home folder, `home.py FOLDER`: instances and a webhook key are read as JSON on stdin."""

import json
import sys
from pathlib import Path

try:
    from xeroport.secrets.vault import Secret
except ImportError:
    from xeroport.credentials import Secret
from xeroport.store import inbox, instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

store = Store(Path(sys.argv[1]))
facts = json.load(sys.stdin)
for name, url, client, secret, rate in facts["instances"]:
    instances.add(store, Instance(name, url, url, client, rate_limit=rate), Secret(secret))
    if facts["webhook_key"]:
        inbox.set_key(store, name, Secret(facts["webhook_key"]))
store.close()
