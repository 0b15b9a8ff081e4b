"""The demo company: Brightwater Systems, two years of selling and installing water systems.

Built by the same writes a client would send, on a clock that moves through the two years, so that
every rule holds and every time-stamp is plausible. The same at every start.
"""

from __future__ import annotations

import random
from datetime import timedelta

from xeroport.emulator.demo.bank import Banking
from xeroport.emulator.demo.setting import Setting
from xeroport.emulator.demo.story import FIRST_DAY, LAST_DAY, Story
from xeroport.emulator.demo.trade import Trade
from xeroport.emulator.opening import open_books
from xeroport.emulator.organisation import Organisation


def fill(organisation: Organisation) -> None:
    """Make the demo company of a new organisation; its clock is the same before and after."""
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
    finally:
        organisation.clock = clock
