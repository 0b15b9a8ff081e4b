"""The demo company: Brightwater Systems, two years of selling and installing water systems.

Built by the same writes a client would send, on a clock that moves through the two years, so that
every rule holds and every time-stamp is plausible. The same at every start: a process writes it
once, and its next demo companies take over what the first one held then.
"""

from __future__ import annotations

import random
from datetime import timedelta

from xeroport_emulator.data.demo.bank import Banking
from xeroport_emulator.data.demo.setting import Setting
from xeroport_emulator.data.demo.story import FIRST_DAY, LAST_DAY, Story
from xeroport_emulator.data.demo.trade import Trade
from xeroport_emulator.data.demo.years import Years
from xeroport_emulator.data.lasting import grow_old, lasting
from xeroport_emulator.data.opening import open_books
from xeroport_emulator.organisation.organisation import Organisation

_KEPT = 8
_written: dict[str, Organisation] = {}
"""How an organisation began → one that nobody writes to any more, as the two years left it."""


def fill(organisation: Organisation) -> None:
    """Make the demo company of a new organisation; its clock is the same before and after."""
    beginning = organisation.beginning
    if beginning not in _written:
        with lasting():
            write(organisation)
            model = Organisation(organisation.clock)
            model.take_over(organisation)
            grow_old()
        _written[beginning] = model
        if len(_written) > _KEPT:
            del _written[next(iter(_written))]
    else:
        organisation.take_over(_written[beginning])


def write(organisation: Organisation) -> None:
    """Write the two years, day by day."""
    clock = organisation.clock
    story = Story(organisation, random.Random(1902))  # noqa: S311 - the same at every start
    organisation.clock = story.clock
    try:
        open_books(organisation)
        setting = Setting(story)
        trade = Trade(story, setting)
        banking = Banking(story, setting)
        day = FIRST_DAY
        while day <= LAST_DAY:
            story.begin(day)
            trade.day(day)
            banking.day(day)
            day += timedelta(days=1)
        setting.close(LAST_DAY)
        Years(story, setting).close(LAST_DAY)
    finally:
        organisation.clock = clock
