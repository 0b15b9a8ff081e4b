"""The story of the demo: one write after another, each a little later than the last."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from xeroport.clock import ManualClock
from xeroport_emulator.data.opening import region_of
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.apply import apply

FIRST_DAY = date(2024, 11, 1)
LAST_DAY = date(2026, 10, 31)
"""The last day of trade: fixed, so that the demo is the same whenever it is started."""

_OPENS = time(8, 30)


class Story:
    """Writes to the organisation as the clock runs."""

    def __init__(self, organisation: Organisation, chance: random.Random) -> None:
        self.organisation = organisation
        self.chance = chance
        self.region = region_of(organisation)
        self.clock = ManualClock(datetime.combine(FIRST_DAY, time(7), UTC))

    def begin(self, day: date) -> None:
        """Move the clock to the opening hour of a day."""
        opens = datetime.combine(day, _OPENS, UTC)
        self.clock.advance((opens - self.clock.now()).total_seconds())

    def write(self, endpoint: str, element: Record, /, **ids: str) -> Record:
        """Carry out one write; the demo must be free of refusals, so one of them is an error."""
        self.clock.advance(self.chance.randrange(20, 400) + self.chance.randrange(1000) / 1000)
        operation = self.organisation.catalogue.endpoint(endpoint)
        element = self.region.translated(element)
        outcome = apply(self.organisation, operation, element, ids)
        if outcome.record is None:
            raise ValueError(f"`{endpoint}` of the demo was refused: {outcome.errors}")
        return outcome.record

    def between(self, least: int, most: int) -> Decimal:
        """A price with cents."""
        return Decimal(self.chance.randrange(least * 100, most * 100)).scaleb(-2)

    def happens(self, share: float) -> bool:
        """Whether something of that likelihood happens."""
        return self.chance.random() < share

    def one_of(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.chance.choice(choices)


def one_line(text: str, amount: Decimal | str, account: str, tax: str = "") -> Record:
    """A line of one of something; without `tax` the account decides it."""
    taxed = {"TaxType": tax} if tax else {}
    unit = {"Description": text, "Quantity": Decimal(1), "UnitAmount": Decimal(amount)}
    return {**unit, "AccountCode": account, **taxed}
