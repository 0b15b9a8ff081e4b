"""The books that statements are made from: how they are asked, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xeroport.books.statements.figures import read_books
from xeroport.books.statements.statement_model import Ask, Books
from xeroport.jobs.query import answering
from xeroport.store.instances import schema_name


def asking(instance: str, url: str) -> Ask:
    """Answers queries over what was synced of an instance, and its ledger."""

    def ask(sql: str) -> Sequence[tuple[Any, ...]]:
        with answering(sql, url=url, instance=instance) as answer:
            return list(answer.rows())

    return ask


def books_of(instance: str, url: str) -> Books:
    """The organisation, chart and last run of an instance's ledger."""
    return read_books(asking(instance, url), schema_name(instance), instance=instance)
