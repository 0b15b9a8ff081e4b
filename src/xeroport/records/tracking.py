"""Tracking of lines as files have it: a category without an option is none, and the reverse is
no tracking at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xeroport.records.findings import Finding

CATEGORY = ("Name", "TrackingCategoryID")
OPTION = ("Option", "TrackingOptionID")


def settle_tracking(values: dict[str, Any]) -> list[Finding]:
    """Take the categories without an option out of a record's lines, and say so; an option
    without its category cannot be sent."""
    findings: list[Finding] = []
    for lines in ("LineItems", "JournalLines"):
        for index, line in enumerate(values.get(lines) or ()):
            tracking = line.get("Tracking") if isinstance(line, dict) else None
            if not tracking:
                continue
            for at, item in enumerate(tracking):
                path = (lines, index, "Tracking", at)
                category, option = _first(item, CATEGORY), _first(item, OPTION)
                if category and not option:
                    said = f"no option of `{category}` is given: the line is sent without it"
                    findings.append(Finding((*path, "Option"), said, level="warning"))
                elif item.get("Option") and not category:
                    said = f"`{option}` does not say which category it belongs to"
                    findings.append(Finding((*path, "Name"), said, "give the category's name"))
            line["Tracking"] = [item for item in tracking if _first(item, OPTION)]
            if not line["Tracking"]:
                del line["Tracking"]
    return findings


def _first(item: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name)), None)
