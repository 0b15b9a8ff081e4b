"""One element of a write carried out by its rule: all of it, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from xeroport.catalogue import Endpoint
from xeroport_emulator.http.coerce import coerce
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.refusal import Missing, Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import RULES
from xeroport_emulator.rules.write import Write

ABSOLUTE = re.compile(r"https?://[^\s/]+\S*$", re.IGNORECASE)


@dataclass(frozen=True)
class WriteOutcome:
    """What became of one element. `found` is False if the path names nothing (Xero: 404);
    `line_errors` are those of single lines, by position."""

    record: Record | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    found: bool = True
    line_errors: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the write was done."""
        return self.found and not self.errors


def apply(
    organisation: Organisation,
    endpoint: Endpoint,
    element: Record,
    ids: dict[str, str],
    *,
    unit_places: int = 4,
    keep: bool = True,
) -> WriteOutcome:
    """Carry out one element of a write: all of it, or nothing; without `keep` it is only tried.

    `element` is parsed JSON (numbers as Decimal), `ids` the parameters of the path,
    `unit_places` the decimals kept of unit prices. Raises LookupError for a write that has
    no rule here: attachments, history and e-mail hold bytes and belong to the operations.
    """
    rule = RULES.get(endpoint.name)
    if rule is None:
        raise LookupError(f"`{endpoint.name}` has no rule")
    values, problems = coerce(
        organisation.catalogue, endpoint.body_record or endpoint.record or "RequestEmpty", element
    )
    url = values.get("Url")
    if url and not ABSOLUTE.match(url):
        problems.append("Url must be a valid absolute url")
    write = Write(organisation, endpoint, values, ids, unit_places=unit_places, sent=element)
    try:
        with organisation.transaction():
            if problems:
                raise Refusal(*problems)
            record = rule(write)
            write.settle()
            if not keep:
                raise Refusal
    except Refusal as refusal:
        return WriteOutcome(
            errors=refusal.errors,
            warnings=tuple(write.warnings),
            line_errors={at: tuple(texts) for at, texts in write.line_problems.items()},
        )
    except Missing:
        return WriteOutcome(found=False)
    return WriteOutcome(record=record, warnings=tuple(write.warnings))
