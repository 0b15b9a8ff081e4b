"""Which field a column goes into: names as Xero has them, people's own names, Xero's templates."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from xeroport.catalogue import load
from xeroport.console.jobs.columns_to_fields import (
    ColumnFit,
    FittedColumns,
    as_map,
    fields_of,
    fit,
    guess,
)

INVOICES = load().endpoint("invoices.create")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("invoice number", "InvoiceNumber"),
        ("Invoice_Number", "InvoiceNumber"),
        ("DUE DATE", "DueDate"),
        ("customer", "Contact.Name"),
        ("qty", "LineItems.Quantity"),
        ("unit amount", "LineItems.UnitAmount"),
        ("account code", "LineItems.AccountCode"),
        ("shoe size", ""),
        ("", ""),
        ("***", ""),
    ],
)
def test_a_guess_is_right_or_none(name: str, field: str) -> None:
    assert guess(name, fields_of(load(), INVOICES)) == field


def test_columns_named_as_xero_names_them_fit_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Type,Contact.Name,LineItems.Quantity,mine\nACCREC,Ash,2,x\n")
    found = fit(str(path), load(), INVOICES, None)
    assert [each.field for each in found.columns] == [
        "Type",
        "Contact.Name",
        "LineItems.Quantity",
        "",
    ]
    assert found.columns[1].samples == ("Ash",)
    assert not found.is_renamed


def test_xeros_own_template_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    heads = "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount"
    path.write_text(f"{heads}\nAsh,1,01/11/2026,02/11/2026,x,1,2\n")
    found = fit(str(path), load(), INVOICES, None)
    assert found.template == "invoices or bills"
    assert found.columns[0].field == "Contact.Name"
    assert not found.is_renamed


def test_what_was_chosen_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("customer,qty\nAsh,2\n")
    found = fit(str(path), load(), INVOICES, {"customer": "", "qty": "Reference"})
    assert [each.field for each in found.columns] == ["", "Reference"]


def test_a_map_keeps_hostile_column_names_apart_from_sql_and_toml() -> None:
    names = ['a"; DROP TABLE x; --', "back\\slash", "tab\tb", 'quo"te', "ünï"]
    fitted = FittedColumns(tuple(ColumnFit(name, (), f"Field{i}") for i, name in enumerate(names)))
    read = tomllib.loads(as_map(fitted))["fields"]
    assert read == {f"Field{i}": '"' + n.replace('"', '""') + '"' for i, n in enumerate(names)}
