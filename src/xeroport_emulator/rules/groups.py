"""Contact groups and their members."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Missing, Refusal
from xeroport_emulator.organisation.table import Record, guid
from xeroport_emulator.rules import nested
from xeroport_emulator.rules.write import Write

LIMIT = 100
FULL = "You’ve reached the limit of 100 contact groups."
ARCHIVED = "Unable to assign an Archived contact."


def create(write: Write) -> Record:
    """PUT: a new group, with members if they are named."""
    write.refuse_id("ContactGroup")
    active = [each for each in write.table("ContactGroup") if each["Status"] == "ACTIVE"]
    if len(active) >= LIMIT:
        raise Refusal(FULL)
    group: Record = {
        "ContactGroupID": write.organisation.new_id(),
        "Status": "ACTIVE",
        "Name": "",
        "Contacts": [],
    }
    return _save(write, group)


def update(write: Write) -> Record:
    """POST to one group: rename it, or delete it by Status DELETED."""
    old = _group(write)
    status = write.element.get("Status", "ACTIVE")
    if status == "DELETED":
        return write.organisation.save("ContactGroup", {**old, "Status": "DELETED"})
    if status != "ACTIVE":
        raise Refusal(f"'{status}' is not a valid Status for a contact group.")
    return _save(write, old)


def add_contact(write: Write) -> Record:
    """PUT of one contact into a group; returns the contact."""
    group = _group(write)
    contact = _member(write, write.element)
    if all(each["ContactID"] != contact["ContactID"] for each in group["Contacts"]):
        members = [*group["Contacts"], nested.contact(contact)]
        write.organisation.save("ContactGroup", {**group, "Contacts": members})
    return contact


def clear(write: Write) -> None:
    """DELETE of all members."""
    write.organisation.save("ContactGroup", {**_group(write), "Contacts": []})


def remove_contact(write: Write) -> None:
    """DELETE of one member."""
    group = _group(write)
    identity = guid(write.ids["ContactID"]).lower()
    remaining = [contact for contact in group["Contacts"] if contact["ContactID"] != identity]
    if len(remaining) == len(group["Contacts"]):
        raise Missing(identity)
    write.organisation.save("ContactGroup", {**group, "Contacts": remaining})


def _group(write: Write) -> Record:
    found = write.named("ContactGroup", "ContactGroupID")
    if found["Status"] != "ACTIVE":
        raise Missing(found["ContactGroupID"])
    return found


def _member(write: Write, sent: Record) -> Record:
    found = write.table("Contact").get(sent.get("ContactID"))
    if found is None:
        raise Refusal("An existing Contact with the specified ContactID could not be found")
    if found["ContactStatus"] != "ACTIVE":
        raise Refusal(ARCHIVED)
    return found


def _save(write: Write, group: Record) -> Record:
    name: str = write.element.get("Name") or group["Name"]
    group = {**group, "Name": name.strip()}
    if not group["Name"]:
        raise Refusal("The contact group Name must be specified.")
    for group_of in write.table("ContactGroup").find("Name", group["Name"]):
        if group_of["ContactGroupID"] != group["ContactGroupID"] and group_of["Status"] == "ACTIVE":
            raise Refusal(f"The contact group name {group['Name']} is already in use.")
    members = {contact["ContactID"]: contact for contact in group["Contacts"]}
    for sent in write.element.get("Contacts") or ():
        contact = _member(write, sent)
        members.setdefault(contact["ContactID"], nested.contact(contact))
    return write.organisation.save("ContactGroup", {**group, "Contacts": list(members.values())})
