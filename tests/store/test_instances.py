"""Instances come back as they were put in, and their secret stays sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xeroport.errors import InputError, UnknownName
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.calls import budgets
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance

PLANTED = "planted-Sesame-4711"
PLAIN = Instance("acme-uk", "https://api.xero.com", "https://identity.xero.com", "ID")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XEROPORT_KEY", "aa" * 32)
    return Store(tmp_path)


def test_every_setting_comes_back(store: Store) -> None:
    whole = Instance(
        name="a1",
        base_url="http://localhost:1",
        identity_url="http://localhost:2",
        client_id="ID",
        time_zone="Pacific/Auckland",
        date_format="D/M/YY",
        rate_limit=30,
        concurrency=2,
        scopes=("a.read", "b"),
        tenant_id="t",
        organisation="Ørsted & Söhne",
        organisation_id="o",
        base_currency="NZD",
        health="not_authorised",
        checked_at=datetime(2026, 11, 1, 12, 30, tzinfo=UTC),
        checked=False,
    )
    instances.add(store, whole, Secret(PLANTED))
    instances.add(store, PLAIN, Secret("other"))
    assert instances.get(store, "a1") == whole
    assert instances.get(store, "acme-uk") == PLAIN
    assert instances.all_instances(store) == (whole, PLAIN)
    assert instances.secret(store, "a1").reveal() == PLANTED


def test_saving_replaces_the_settings_and_keeps_the_secret(store: Store) -> None:
    instances.add(store, PLAIN, Secret(PLANTED))
    changed = replace(PLAIN, rate_limit=10, health="unreachable")
    instances.save(store, changed)
    assert instances.get(store, "acme-uk") == changed
    assert instances.secret(store, "acme-uk").reveal() == PLANTED
    instances.set_secret(store, "acme-uk", Secret("new"))
    assert instances.secret(store, "acme-uk").reveal() == "new"


def test_removed_means_gone(store: Store) -> None:
    instances.add(store, PLAIN, Secret(PLANTED))
    instances.remove(store, "acme-uk")
    assert instances.all_instances(store) == ()
    for act in (instances.get, instances.secret, instances.remove):
        with pytest.raises(UnknownName):
            act(store, "acme-uk")
    instances.add(store, PLAIN, Secret("again"))


def test_an_unknown_name_names_the_nearest(store: Store) -> None:
    instances.add(store, PLAIN, Secret(PLANTED))
    with pytest.raises(UnknownName) as caught:
        instances.get(store, "acme-ku")
    assert "`acme-uk`" in (caught.value.hint or "")
    for act in (
        lambda: instances.save(store, replace(PLAIN, name="nobody")),
        lambda: instances.set_secret(store, "nobody", Secret("x")),
    ):
        with pytest.raises(UnknownName):
            act()


def test_two_instances_never_share_a_schema(store: Store) -> None:
    instances.add(store, PLAIN, Secret(PLANTED))
    for name in ("acme-uk", "acme_uk"):
        with pytest.raises(InputError, match="already an instance"):
            instances.add(store, replace(PLAIN, name=name), Secret("x"))


@pytest.mark.parametrize(
    "name", ["", "Acme", "a b", "-a", "a-", "ä", "a/b", "../a", "a.b", "a" * 49, "a;b", "a\n"]
)
def test_names_that_could_be_no_schema_are_refused(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="cannot be an instance's name"):
        instances.add(store, replace(PLAIN, name=name), Secret("x"))
    assert instances.all_instances(store) == ()


def test_the_secret_is_in_no_file(store: Store) -> None:
    instances.add(store, PLAIN, Secret(PLANTED))
    files = [path for path in store.home.rglob("*") if path.is_file()]
    assert files
    assert not any(PLANTED.encode() in path.read_bytes() for path in files)


def test_a_check_saves_its_findings_and_nothing_else(store: Store) -> None:
    """It may have taken long, and the instance was edited meanwhile."""
    instances.add(store, PLAIN, Secret("one"))
    checked = replace(PLAIN, health="unreachable", organisation="Found Ltd")
    instances.save_changes(store, PLAIN, replace(PLAIN, time_zone="Europe/London"))
    saved = instances.save_health(store, checked)
    assert (saved.time_zone, saved.health) == ("Europe/London", "unreachable")
    assert saved.organisation == "Found Ltd"
    instances.save_changes(store, saved, replace(saved, client_id="another"))
    late = instances.save_health(store, replace(checked, health="operational"))
    assert (late.client_id, late.health) == ("another", "unreachable")


def test_two_edits_at_once_keep_each_other_s_changes(store: Store) -> None:
    instances.add(store, PLAIN, Secret("one"))
    instances.save_changes(store, PLAIN, replace(PLAIN, time_zone="Europe/London"))
    saved = instances.save_changes(store, PLAIN, replace(PLAIN, rate_limit=30))
    assert (saved.time_zone, saved.rate_limit) == ("Europe/London", 30)


def test_instances_of_one_app_have_one_budget_and_it_outlives_them(store: Store) -> None:
    calls = Calls(store.home)
    twin = replace(PLAIN, name="twin", rate_limit=2)
    other = replace(PLAIN, name="other", client_id="another-app")
    for each in (replace(PLAIN, rate_limit=2), twin, other):
        instances.add(store, each, Secret("one"))
    assert isinstance(instances.budgets_of(calls, twin).reserve(1000.0), budgets.GrantedCall)
    plain = replace(PLAIN, rate_limit=2)
    assert isinstance(instances.budgets_of(calls, plain).reserve(1000.0), budgets.GrantedCall)
    assert isinstance(instances.budgets_of(calls, plain).reserve(1000.0), budgets.Wait)
    assert isinstance(instances.budgets_of(calls, other).reserve(1000.0), budgets.GrantedCall)
    instances.remove(store, PLAIN.name)
    instances.remove(store, "twin")
    instances.add(store, plain, Secret("one"))
    assert isinstance(instances.budgets_of(calls, plain).reserve(1001.0), budgets.Wait)
