"""Fleet: many instances synced by many workers; the driver hands out and alone keeps the books.

The work is cut into shards of instances, given to any `concurrent.futures.Executor`. A worker that
is lost takes nothing with it: rows and checkpoints commit together in the destination, and its
shard is given out again.
"""

from __future__ import annotations

import base64
import fnmatch
import os
import re
import secrets
import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from xeroport.destinations import settled, shown
from xeroport.errors import InputError, StoreError, UnknownName, XeroportError
from xeroport.jobs import background
from xeroport.jobs.fleet.call_shares import Shares
from xeroport.jobs.fleet.call_trace import Traces
from xeroport.jobs.fleet.driver import FleetDriver, Tell, shards
from xeroport.jobs.fleet.executors import Engine, FleetWorkers
from xeroport.jobs.fleet.report import FleetReport, reason
from xeroport.jobs.fleet.shard import EarlierSyncs, ShardOrder, ShardSecrets, sealed_for
from xeroport.jobs.logins.login_access import fresh_tokens
from xeroport.jobs.sync.options import chosen
from xeroport.jobs.sync.planned import access_of
from xeroport.secrets.vault import KEY_BYTES, KEY_VARIABLE, Vault, parse_key
from xeroport.store import inbox, instances, leases, logins, runs, stream_reads
from xeroport.store.database import Store
from xeroport.store.instances import Instance, account_of
from xeroport.store.logins import SavedTokens
from xeroport.store.processes import file_name, has_died, named_by, this_process
from xeroport.xero.sign_in.login_tokens import needs_sign_in

HANDED_SECONDS = 900.0
"""Seconds for which the access token that a worker gets must live yet."""


def selected(store: Store, patterns: Sequence[str]) -> tuple[str, ...]:
    """The instances whose names match any of the patterns (`*` matches all); by name."""
    known = [pattern.name for pattern in instances.each_instance(store)]
    if not known:
        raise InputError("there is no instance yet", hint="`xeroport instance import FILE.csv`")
    matching = [
        name for name in known if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    ]
    for pattern in patterns:
        if not any(fnmatch.fnmatch(name, pattern) for name in known):
            raise UnknownName("instance", pattern, known, hint="see `xeroport instance list`")
    return tuple(matching)


def address(template: str, name: str) -> str:
    """The destination of one instance: `{instance}` in the template is its name."""
    if template.startswith("duckdb:") and "{instance}" not in template:
        raise InputError(
            f"`{template}` can be written by only one process at a time",
            hint="use `duckdb:books/{instance}.duckdb`, Postgres or Parquet",
        )
    if template.startswith("parquet:") and template.rstrip("/").endswith("/{instance}"):
        template = template.rstrip("/").removesuffix("/{instance}")
    for word in re.findall(r"\{.*?\}", template):
        if word != "{instance}":
            raise InputError(
                f"`{word}` means nothing in `{shown(template)}`", hint="use `{instance}`"
            )
    return settled(template.replace("{instance}", name))


def fleet_sync(
    store: Store,
    names: Sequence[str],
    *,
    to: str,
    engine: Engine,
    streams: Iterable[str] = (),
    full: bool = False,
    fresh: bool = False,
    tell: Tell = lambda _: None,
) -> FleetReport:
    """Sync instances by the workers of an engine; every instance's report is kept as its run."""
    began = time.monotonic()
    streams = tuple(streams)
    chosen(streams)
    for name in names:
        address(to, name)
    vault, key = _sealing(engine)
    report = FleetReport(destination=shown(to), instances=len(names))

    def order(name: str) -> ShardOrder:
        instance = instances.get(store, name)
        url = address(to, name)
        sealed = sealed_for(vault, instance, _private(store, instance, url))
        before = _before(store, instance, leases.place_mark(url))
        return ShardOrder(instance, sealed, streams, full, fresh, before=before)

    def tell_time(report: FleetReport) -> None:
        report.seconds = round(time.monotonic() - began, 3)
        tell(report)

    wanted = set(names)
    with _folder(store) as folder, FleetWorkers(engine, key) as fleet_workers:
        fleet = (each for each in instances.each_instance(store) if each.name in wanted)
        accounts: dict[str, str] = {}
        shares = Shares(_noting(fleet, accounts), workers=fleet_workers.workers)
        topic = f"xeroport {folder.name}" if engine.address else None
        traces = Traces(folder, is_seen=not engine.is_remote, topic=topic)
        if topic is not None:
            fleet_workers.listen(topic, traces.hear)
        waiting = shards(
            tuple(names),
            workers=fleet_workers.workers,
            account=lambda name: accounts.get(name, name),
        )
        FleetDriver(
            store=store,
            fleet_workers=fleet_workers,
            shares=shares,
            traces=traces,
            report=report,
            order=order,
            url=lambda name: address(to, name),
            prepare=partial(_refresh_logins, store),
            waiting=deque(waiting),
        ).run(tell_time)
    return report


def _before(store: Store, instance: Instance, mark: str) -> EarlierSyncs:
    """What earlier syncs of an instance into a destination know."""
    return EarlierSyncs(
        stream_reads.latest(store, instance.name, mark),
        stream_reads.held(store, instance.name, mark),
        access_of(store, instance),
        inbox.has_key(store, instance.name),
    )


def _private(store: Store, instance: Instance, url: str) -> ShardSecrets:
    """What a worker needs to get in: the secret, or an access token that lives for a while."""
    if instance.login is None:
        return ShardSecrets(url, secret=instances.secret(store, instance.name).reveal())
    tokens = SavedTokens(store, instance.login).load()
    if tokens is None:
        raise needs_sign_in(instance.login, None)
    return ShardSecrets(url, token=tokens.access, token_expires_at=tokens.expires_at)


def _noting(fleet: Iterable[Instance], accounts: dict[str, str]) -> Iterator[Instance]:
    """The same instances, with the account of each noted on the way."""
    for instance in fleet:
        accounts[instance.name] = account_of(instance)
        yield instance


def _refresh_logins(store: Store, names: Iterable[str]) -> None:
    """See that the logins of some instances have access tokens that live for a while. What cannot
    be refreshed is reported by the instances themselves."""
    wanted = set(names)
    for login in logins.all_logins(store):
        if wanted.isdisjoint(login.instances):
            continue
        with suppress(XeroportError):
            background.run(partial(fresh_tokens, store, login.name, lives_for=HANDED_SECONDS))


@contextmanager
def _folder(store: Store) -> Iterator[Path]:
    """Where the shards' budgets and landing files lie; what a killed driver left goes first."""
    landing = store.home / "landing"
    for old in landing.glob("fleet *"):
        if has_died(named_by(old.name.split()[1])):
            shutil.rmtree(old, ignore_errors=True)
    folder = landing / f"fleet {file_name(this_process())} {secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise StoreError(
            f"`{landing}` cannot be used: {(error.strerror or str(error)).lower()}",
            hint="it must be a folder that can be written",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sealing(engine: Engine) -> tuple[Vault, str]:
    """What orders are sealed with: the workers' own key where they are started by others, else
    one for this fleet alone."""
    text = os.environ.get(KEY_VARIABLE)
    if engine.is_remote:
        if not text:
            raise InputError(
                f"`{KEY_VARIABLE}` is not set", hint="driver and workers must have the same key"
            )
        return Vault(parse_key(text), KEY_VARIABLE), text
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return Vault(parse_key(text), KEY_VARIABLE), text


def fleet_status(store: Store) -> list[dict[str, Any]]:
    """Each instance with its latest sync: status, when, why it fails."""
    rows = []
    latest = runs.latest_syncs(store)
    for instance, run in zip(instances.each_instance(store), latest, strict=True):
        rows.append(
            {
                "instance": instance.name,
                "organisation": instance.organisation,
                "status": run.status if run else "never synced",
                "finished_at": run.finished_at if run else None,
                "records": run.report.get("records") if run else None,
                "error": reason(run.report) or None if run else None,
            }
        )
    return rows
