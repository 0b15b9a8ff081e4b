"""Tracking by the SDK in an organisation without any, and that no operation was left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import test_sdk_reads as reads
from sdk_session import Session, operations, session
from xero_python.accounting import models as m

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator


def test_tracking_categories(spec: dict[str, Any] | None) -> None:
    emulator = Emulator("empty", clock=ManualClock(), limits="off")
    with session(emulator, spec) as sdk:
        new = m.TrackingCategory(name="Branch")
        (made,) = sdk.call("create_tracking_category", new).tracking_categories
        key = made.tracking_category_id
        _options(sdk, key)
        renamed = m.TrackingCategory(name="Office")
        (done,) = sdk.call("update_tracking_category", key, renamed).tracking_categories
        assert done.name == "Office"
        sdk.call("delete_tracking_category", key)
        assert not sdk.call("get_tracking_categories").tracking_categories


def _options(sdk: Session, key: str) -> None:
    (option,) = sdk.call("create_tracking_options", key, m.TrackingOption(name="North")).options
    changed = m.TrackingOption(name="South")
    (done,) = sdk.call("update_tracking_options", key, option.tracking_option_id, changed).options
    assert done.name == "South"
    sdk.call("delete_tracking_options", key, option.tracking_option_id)
    (category,) = sdk.call("get_tracking_category", key).tracking_categories
    assert not category.options


def test_every_operation_of_the_sdk_is_tried() -> None:
    texts = [each.read_text() for each in Path(__file__).parent.glob("test_sdk_*.py")]
    named = set(re.findall(r"\"((?:get|create|update|delete|post|email)_\w+)\"", "".join(texts)))
    named |= {f"get_{each}" for each in reads.SINGLES}
    named |= {f"get_{each}_as_pdf" for each in ("invoice", "credit_note", "quote")}
    named.add("get_purchase_order_as_pdf")
    for each in reads.ATTACHABLE:
        named |= {f"{verb}_{each}_attachment_by_file_name" for verb in ("get", "create", "update")}
        named |= {f"get_{each}_attachments", f"get_{each}_attachment_by_id"}
    for each in ("overpayment", "prepayment"):
        named |= {f"create_{each}_allocations", f"delete_{each}_allocations"}
    for each in ("manual_journal", "purchase_order", "quote"):
        named |= {f"create_{each}s", f"update_{each}", f"update_or_create_{each}s"}
    assert not operations() - named
