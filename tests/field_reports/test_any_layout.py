"""One file in any order of columns, with any delimiter, in any encoding: the same records."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_of import records_of
from test_files_by_header_and_values import ACCOUNTS, CONTACTS, EXPORT, JOURNALS

OWN = (
    "InvoiceNumber,Type,Contact.Name,Date,LineItems.Description,LineItems.Quantity,"
    "LineItems.UnitAmount,LineItems.AccountCode\n"
    'N-1,ACCREC,Café Söhne & Co,20/11/2026,"Work, 1st part",2,"1,200.50",200\n'
    "N-1,ACCREC,Café Söhne & Co,20/11/2026,More,1,10.00,200\n"
    "N-2,ACCREC,Tern Ltd,21/11/2026,Work,1,(3.00),200\n"
)
ITEMS = (
    "*ItemCode,ItemName,PurchasesDescription,PurchasesUnitPrice,PurchasesAccount,SalesDescription,"
    "SalesUnitPrice,SalesAccount\nPX-1,Clamp,Bought clamp,2.50,310,Clamp,4.00,200\n"
)
KINDS = {
    "own columns": ("invoices.create", OWN),
    "an export": ("invoices.create", EXPORT),
    "credit notes of an export": ("credit_notes.create", EXPORT),
    "manual journals": ("manual_journals.create", JOURNALS),
    "accounts": ("accounts.create", ACCOUNTS),
    "contacts": ("contacts.create", CONTACTS),
    "items": ("items.create", ITEMS),
}
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
TITLES = ("", "For November\n", "\n\n")


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def written(rows: list[list[str]], *, mark: str, ends: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator=ends, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_layout_makes_the_same_records(tmp_path: Path, kind: str, data: Any) -> None:
    endpoint, text = KINDS[kind]
    rows = rows_of(text)
    order = data.draw(st.permutations(range(len(rows[0]))))
    mixed = [[row[at] for at in order] for row in rows]
    ends = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    layout = written(
        mixed,
        mark=data.draw(st.sampled_from(",;\t|")),
        ends=ends,
        quoting=data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    title = data.draw(st.sampled_from(TITLES))
    blank = data.draw(st.sampled_from(["", "\n\n"]))
    path = tmp_path / "in.csv"
    whole = title.replace("\n", ends) + layout + blank.replace("\n", ends)
    path.write_bytes(whole.encode(data.draw(st.sampled_from(ENCODINGS))))
    plain = tmp_path / "plain.csv"
    plain.write_text(text, encoding="utf-8")
    assert records_of(endpoint, path) == records_of(endpoint, plain)


@pytest.mark.parametrize("kind", KINDS)
def test_a_spreadsheet_of_texts_makes_the_same_records(tmp_path: Path, kind: str) -> None:
    endpoint, text = KINDS[kind]
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows_of(text)):
        for column, cell in enumerate(row):
            sheet.write_string(at + 2, column + 1, cell)
    book.close()
    plain = tmp_path / "plain.csv"
    plain.write_text(text, encoding="utf-8")
    assert records_of(endpoint, path) == records_of(endpoint, plain)
