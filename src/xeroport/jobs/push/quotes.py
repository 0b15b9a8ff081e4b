"""Updates of quotes, completed from Xero: it clears what an update does not name.

Title, Summary, Terms and LineAmountTypes that a row leaves out are read from the quote as it is and
sent along, so that the update changes what it names and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from xeroport.catalogue import load
from xeroport.errors import Refused
from xeroport.records.document_checks import QUOTE_TEXTS
from xeroport.rows.row import Row, Source
from xeroport.rows.values import text_of
from xeroport.store.database import Store
from xeroport.store.outbox import outbox

if TYPE_CHECKING:
    from xeroport.xero.client import XeroClient

ID = "QuoteID"


async def with_kept_texts(
    source: Source,
    *,
    sent_before: Mapping[str, str],
    key: tuple[str, ...],
    open_client: Callable[[], AbstractAsyncContextManager[XeroClient]],
) -> Source:
    """The source with what each quote has in Xero and its row does not name.

    `sent_before` is key → id of the quotes that an `--update` changes; others name their own id.
    """
    rows = list(source.rows)
    ids = {row.line: found for row in rows if (found := _id_of(row, key, sent_before))}
    if not ids:
        return source.with_rows(iter(rows), again=None)
    held: dict[str, dict[str, Any]] = {}
    async with open_client() as client:
        for quote_id in dict.fromkeys(ids.values()):
            try:
                reply = await client.call(load().endpoint("quotes.get"), {ID: quote_id})
            except Refused:
                continue
            if reply.records:
                held[quote_id] = reply.records[0]
    columns = source.columns
    if columns is not None:
        columns = (*columns, *(name for name in QUOTE_TEXTS if name not in columns))

    def completed() -> Iterator[Row]:
        for row in rows:
            quote = held.get(ids.get(row.line, ""), {})
            missing = {
                name: quote[name]
                for name in QUOTE_TEXTS
                if quote.get(name) not in (None, "") and row.values.get(name) is None
            }
            yield Row(row.line, {**row.values, **missing}, row.broken, row.column, row.rest_lost)

    note = "what a quote has in Xero and its row does not name is sent along, so that it stays"
    return source.with_rows(completed(), columns=columns, again=None, notes=(*source.notes, note))


def _id_of(row: Row, key: tuple[str, ...], sent_before: Mapping[str, str]) -> str | None:
    own = row.values.get(ID)
    if own:
        return text_of(own)
    parts = [row.values.get(name) for name in key]
    if not key or any(part is None for part in parts):
        return None
    return sent_before.get(" / ".join(text_of(part) for part in parts))


def sent_quotes(store: Store, instance: str, endpoint: str) -> dict[str, str]:
    """Key → Xero's id of the quotes that were sent before through an endpoint."""
    return {
        delivery.key: delivery.xero_id
        for delivery in outbox.deliveries(store, instance, endpoint=endpoint)
        if delivery.xero_id is not None
    }
