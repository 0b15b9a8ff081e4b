"""Tracking categories and their options: two active categories at most."""

from __future__ import annotations

from typing import Any

from xeroport_emulator.organisation.refusal import Missing, Refusal
from xeroport_emulator.organisation.table import Record, guid
from xeroport_emulator.rules.renames import tracking_renamed
from xeroport_emulator.rules.usage import option_in_use
from xeroport_emulator.rules.write import Write

LIMIT = 2
TOO_MANY = "An organisation may have at most 2 active tracking categories."


def create(write: Write) -> Record:
    """PUT: a new category without options."""
    category: Record = {
        "TrackingCategoryID": write.organisation.new_id(),
        "Name": "",
        "Status": "ACTIVE",
        "Options": [],
    }
    return _save(write, category, "ACTIVE")


def update(write: Write) -> Record:
    """POST to one category: rename, archive, restore."""
    old = write.named("TrackingCategory", "TrackingCategoryID")
    status = write.element.get("Status", old["Status"])
    if status not in ("ACTIVE", "ARCHIVED"):
        raise Refusal(f"'{status}' is not a valid Status for a tracking category.")
    return _save(write, old, status)


def delete(write: Write) -> Record:
    """DELETE: only if no option is used; the reply shows it as DELETED."""
    old = write.named("TrackingCategory", "TrackingCategoryID")
    if any(option_in_use(write.organisation, e["TrackingOptionID"]) for e in old["Options"]):
        raise Refusal("The tracking category is in use and cannot be deleted; archive it instead.")
    write.table("TrackingCategory").remove(old["TrackingCategoryID"])
    return {**old, "Status": "DELETED"}


def create_option(write: Write) -> Record:
    """PUT of a new option into a category."""
    category = write.named("TrackingCategory", "TrackingCategoryID")
    option = {
        "TrackingOptionID": write.organisation.new_id(),
        "Name": _option_name(write, category, ""),
        "Status": "ACTIVE",
        "TrackingCategoryID": category["TrackingCategoryID"],
    }
    _store(write, category, [*category["Options"], option])
    return option


def update_option(write: Write) -> Record:
    """POST to one option: rename, archive, restore."""
    category, old = _option(write)
    status = write.element.get("Status", old["Status"])
    if status not in ("ACTIVE", "ARCHIVED"):
        raise Refusal(f"'{status}' is not a valid Status for a tracking option.")
    name = _option_name(write, category, old["TrackingOptionID"], old["Name"])
    option = {**old, "Name": name, "Status": status}
    _store(write, category, [option if each is old else each for each in category["Options"]])
    if name != old["Name"]:
        tracking_renamed(write.organisation, "TrackingOptionID", option["TrackingOptionID"], name)
    return option


def delete_option(write: Write) -> Record:
    """DELETE of one option: only if it is unused."""
    category, old = _option(write)
    if option_in_use(write.organisation, old["TrackingOptionID"]):
        raise Refusal("The tracking option is in use and cannot be deleted; archive it instead.")
    _store(write, category, [each for each in category["Options"] if each is not old])
    return {**old, "Status": "DELETED"}


def _option(write: Write) -> tuple[Record, dict[str, Any]]:
    category = write.named("TrackingCategory", "TrackingCategoryID")
    identity = guid(write.ids["TrackingOptionID"]).lower()
    for each in category["Options"]:
        if each["TrackingOptionID"] == identity:
            return category, each
    raise Missing(identity)


def _option_name(write: Write, category: Record, identity: str, name: str = "") -> str:
    name = (write.element.get("Name") or name).strip()
    if not name:
        raise Refusal("The Name of a tracking option must be specified.")
    for each in category["Options"]:
        if each["TrackingOptionID"] != identity and each["Name"].casefold() == name.casefold():
            raise Refusal(f"The tracking option {name} already exists.")
    return name


def _store(write: Write, category: Record, options: list[Any]) -> None:
    write.organisation.save("TrackingCategory", {**category, "Options": options})


def _save(write: Write, old: Record, status: str) -> Record:
    identity = old["TrackingCategoryID"]
    name: str = (write.element.get("Name") or str(old["Name"])).strip()
    if not name:
        raise Refusal("The Name of a tracking category must be specified.")
    others = [e for e in write.table("TrackingCategory") if e["TrackingCategoryID"] != identity]
    if any(other["Name"].casefold() == name.casefold() for other in others):
        raise Refusal(f"The tracking category {name} already exists.")
    if status == "ACTIVE" and sum(other["Status"] == "ACTIVE" for other in others) >= LIMIT:
        raise Refusal(TOO_MANY)
    saved = {**old, "Name": name, "Status": status}
    if old["Name"] and name != old["Name"]:
        tracking_renamed(write.organisation, "TrackingCategoryID", identity, name)
    return write.organisation.save("TrackingCategory", saved)
