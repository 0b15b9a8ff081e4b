"""What `xeroport dbt` prints is YAML that names the schemas `ledger` writes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from ledger_world import World
from tests.sync.books import NAME

from xeroport.books.dbt import as_yaml, settings
from xeroport.cli import main
from xeroport.errors import InputError


def test_one_instance_in_duckdb(demo: World) -> None:
    home = str(demo.books.home)
    result = CliRunner().invoke(main, ["dbt", NAME, "--home", home])
    assert result.exit_code == 0, result.output
    project, profile = result.stdout.split("# profiles.yml")
    variables = yaml.safe_load(project)["vars"]
    assert variables["xero_schema"] == "acme_uk_fivetran"
    assert variables["xero_database"] == "books"
    assert variables["xero__using_journal_cash"] is False
    output = yaml.safe_load(profile)["xeroport"]["outputs"]["books"]
    assert (output["type"], output["path"]) == ("duckdb", str(Path(home) / "books.duckdb"))


def test_many_instances_in_postgres_without_the_password() -> None:
    url = "postgresql://ann:se'cret@db.example:5433/books"
    found = settings(["acme-uk", "acme-au"], url=url, cash=True)
    text = as_yaml(found["dbt_project"]) + as_yaml(found["profiles"])
    assert "se'cret" not in text
    sources = yaml.safe_load(as_yaml(found["dbt_project"]))["vars"]["xero_sources"]
    assert sources == [
        {"database": "books", "schema": "acme_uk_fivetran", "name": "acme-uk"},
        {"database": "books", "schema": "acme_au_fivetran", "name": "acme-au"},
    ]
    output = yaml.safe_load(as_yaml(found["profiles"]))["xeroport"]["outputs"]["books"]
    assert (output["host"], output["port"], output["user"]) == ("db.example", 5433, "ann")


def test_the_query_of_a_url_names_host_and_encryption() -> None:
    url = "postgresql://ann@/books?host=/run/postgresql&sslmode=require"
    output = settings(["acme"], url=url, cash=False)["profiles"]["xeroport"]["outputs"]["books"]
    assert (output["host"], output["sslmode"]) == ("/run/postgresql", "require")


def test_a_lake_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="not a folder of Parquet") as caught:
        settings(["acme"], url="parquet:/lake", cash=False)
    assert "duckdb:PATH" in str(caught.value.hint)


def test_a_sync_can_derive_the_ledger_too(demo: World) -> None:
    result = CliRunner().invoke(main, ["sync", "--help"])
    assert "--ledger" in result.stdout
