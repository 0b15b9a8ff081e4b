"""Records of Xero by a field that tells them apart: which questions to ask, the cheapest there are.

No question puts a user's text into a path: Xero answers 404 for a code with `/` though it has it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.delivery.identity import as_kept, fold
from xeroport.xero.client import XeroClient

AT_ONCE = 10
"""Keys in one `where`: more alternatives are slow in large organisations."""
NUMBERS_AT_ONCE = 40
"""Numbers in one list parameter, so that the URL stays short enough for Xero."""
WHOLE_LISTS = {"TaxRate", "Currency", "TrackingCategory", "ContactGroup", "Account", "Item"}
"""Records of which an organisation has few, in lists without pages."""
BY_DATE = {"PurchaseOrder"}
"""Records whose list can be narrowed by date only."""


@dataclass(frozen=True, slots=True)
class LookupQuestion:
    """A call that gives all records which have one of the values, folded, in a field."""

    endpoint: str
    params: Mapping[str, Any]
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matches:
    """What Xero answered to a question, and when by its own clock."""

    records: tuple[dict[str, Any], ...]
    at: datetime | None


def can_find(record: RecordType, field: str, value: Any) -> bool:
    """False where only a filter could find it, and the value holds what no filter can."""
    lister = None if record.name == "TrackingOption" else _lister(record)
    if lister is None or '"' not in str(value):
        return True
    names = {"searchTerm", "InvoiceNumbers", field}
    return record.name in {*BY_DATE, *WHOLE_LISTS} or bool(names & set(lister.by_name))


def questions(
    record: RecordType,
    field: str,
    values: Sequence[Any],
    *,
    within: Collection[str] = (),
    dates: Sequence[str] = (),
) -> list[LookupQuestion]:
    """What to ask for all records that may have one of the values in a field.

    `within` are the path parameters, as JSON, of what the records are part of; `dates` are the
    dates of the records, where all of them are known.
    """
    everything = frozenset(map(fold, values))
    if record.name == "TrackingOption":
        owners = {json.loads(ids)["TrackingCategoryID"] for ids in within}
        return [
            LookupQuestion("tracking_categories.get", {"TrackingCategoryID": owner}, everything)
            for owner in sorted(owners)
        ]
    lister = _lister(record)
    archived = {"includeArchived": True} if "includeArchived" in lister.by_name else {}
    if record.name in WHOLE_LISTS:
        return [LookupQuestion(lister.name, archived, everything)]
    if record.name in BY_DATE:
        span = {"DateFrom": min(dates)[:10], "DateTo": max(dates)[:10]} if dates else {}
        return [LookupQuestion(lister.name, span, everything)]
    asked: list[LookupQuestion] = []
    texts = [str(value) for value in values]
    if "InvoiceNumbers" in lister.by_name:
        plain = [text for text in texts if "," not in text]
        for chunk in _chunks(plain, NUMBERS_AT_ONCE):
            about = frozenset(map(fold, chunk))
            asked.append(LookupQuestion(lister.name, {"InvoiceNumbers": _variants(chunk)}, about))
        texts = [text for text in texts if "," in text]
    if field in lister.by_name:
        for text in texts:
            for variant in _variants([text]):
                asked.append(LookupQuestion(lister.name, {field: variant}, frozenset([fold(text)])))
        return _last_of_each(asked)
    for chunk in _chunks([text for text in texts if '"' not in text], AT_ONCE):
        where = " OR ".join(f'{field}=="{text}"' for text in _variants(chunk))
        about = frozenset(map(fold, chunk))
        asked.append(LookupQuestion(lister.name, {"where": where, **archived}, about))
    for text in (text for text in texts if '"' in text):
        term = {"searchTerm": as_kept(text.split('"')[0])}
        asked.append(LookupQuestion(lister.name, term | archived, frozenset([fold(text)])))
    return asked


async def ask(client: XeroClient, question: LookupQuestion) -> Matches:
    """The records of a question's answer, over all its pages."""
    if question.endpoint == "tracking_categories.get":
        reply = await client.call(question.endpoint, question.params)
        options = tuple(each for record in reply.records for each in record.get("Options", ()))
        return Matches(options, reply.server_time)
    records: list[dict[str, Any]] = []
    at: datetime | None = None
    async for reply in client.pages(question.endpoint, question.params):
        records += reply.records
        at = at or reply.server_time
    return Matches(tuple(records), at)


async def find(
    client: XeroClient, record: RecordType, field: str, values: Sequence[Any]
) -> AsyncIterator[dict[str, Any]]:
    """All records that may have one of the values in a field, and perhaps others."""
    for question in questions(record, field, values):
        for each in (await ask(client, question)).records:
            yield each


def _variants(texts: Iterable[str]) -> list[str]:
    """The texts as they are, and as Xero keeps them."""
    return list(dict.fromkeys(each for text in texts for each in (text, as_kept(text)) if each))


def _chunks(texts: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))


def _last_of_each(asked: Sequence[LookupQuestion]) -> list[LookupQuestion]:
    """Questions with several spellings of one value: only the last answer may settle it."""
    last = {delivery.about: index for index, delivery in enumerate(asked)}
    return [
        delivery
        if last[delivery.about] == index
        else LookupQuestion(delivery.endpoint, delivery.params, frozenset())
        for index, delivery in enumerate(asked)
    ]


def _lister(record: RecordType) -> Endpoint:
    return next(e for e in load().streams.values() if e.record == record.name)
