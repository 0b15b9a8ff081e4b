"""Workbooks: a statement, or the monthly pack of one or several instances, as an Excel file."""

from __future__ import annotations

from pathlib import Path

from xeroport.books.statements.model import Statement
from xeroport.books.workbook.sheets import Pages, open_book, save


def write_statement(built: Statement, path: Path) -> None:
    """One statement as an Excel file."""
    book = open_book(path)
    Pages(book).statement(built.title.replace("/", "-"), built)
    save(book, path)
