"""One element of a write carried out by its rule: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from xeroport.catalogue import Endpoint
from xeroport_emulator.http.coerce import coerce
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.refusal import Missing, Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import RULES
from xeroport_emulator.rules.write import Write


@dataclass(frozen=True)
class WriteOutcome:
    """What became of one element. `found` is False if the path names nothing (Xero: 404)."""

    record: Record | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    found: bool = True

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
) -> WriteOutcome:
    """Carry out one element of a write: all of it, or nothing.

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
    write = Write(organisation, endpoint, values, ids, unit_places=unit_places)
    try:
        with organisation.transaction():
            if problems:
                raise Refusal(*problems)
            record = rule(write)
            write.settle()
    except Refusal as refusal:
        return WriteOutcome(errors=refusal.errors, warnings=tuple(write.warnings))
    except Missing:
        return WriteOutcome(found=False)
    return WriteOutcome(record=record, warnings=tuple(write.warnings))
