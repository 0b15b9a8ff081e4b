"""Contacts: names unique among the active, numbers unique, embedded in documents by id or name."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules import nested
from xeroport_emulator.rules.renames import contact_renamed
from xeroport_emulator.rules.write import Write

WRITABLE = words(
    "ContactNumber AccountNumber ContactStatus Name FirstName LastName CompanyNumber EmailAddress "
    "ContactPersons BankAccountDetails TaxNumber TaxNumberType AccountsReceivableTaxType "
    "AccountsPayableTaxType Addresses Phones SalesDefaultLineAmountType "
    "PurchasesDefaultLineAmountType DefaultCurrency XeroNetworkKey SalesDefaultAccountCode "
    "PurchasesDefaultAccountCode SalesTrackingCategories PurchasesTrackingCategories "
    "TrackingCategoryName TrackingCategoryOption PaymentTerms BrandingTheme BatchPayments"
)
IDENTIFIED = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
ARCHIVED = (
    "The contact with the specified contact details has been archived. The contact must be "
    "un-archived before creating new invoices or credit notes."
)
NOT_EDITABLE = (
    "The specified contact details matched an archived contact. Archived contacts cannot currently "
    "be edited via the API."
)


def create(write: Write) -> Record:
    """PUT: a new contact; refused if its name or number is taken."""
    write.refuse_id("Contact")
    number = write.element.get("ContactNumber")
    if number and write.table("Contact").first("ContactNumber", number):
        raise Refusal(f"The Contact Number {number} is already assigned to another contact.")
    return _save(write, None, write.element)


def upsert(write: Write) -> Record:
    """POST: by ContactID, else by ContactNumber, else by the name of an active contact."""
    return _save(write, _existing(write, write.element), write.element)


def update(write: Write) -> Record:
    """POST to one contact, by id or ContactNumber."""
    return _save(write, write.named("Contact", "ContactID", "ContactNumber"), write.element)


def embedded(write: Write, sent: Record | None, missing: str = IDENTIFIED) -> Record | None:
    """The short contact for a document. A name that no active contact has makes a new contact;
    further fields update the contact. None with a problem noted."""
    if not sent or not any(sent.get(field) for field in ("ContactID", "ContactNumber", "Name")):
        write.problem(missing)
        return None
    try:
        existing = _existing(write, sent) or _archived_namesake(write, sent.get("Name"))
        if existing is None:
            existing = _save(write, None, sent)
    except Refusal as refusal:
        for error in refusal.errors:
            write.problem(error)
        return None
    if existing["ContactStatus"] != "ACTIVE":
        write.problem(ARCHIVED)
        return None
    extra = _differing(sent, existing)
    if extra.keys() - {"Name"}:
        existing = _save(write, existing, extra)
    return nested.contact(existing)


def unchanged(write: Write, sent: Record, before: Record) -> bool:
    """Whether `sent` names the contact a document has already and changes nothing of it."""
    found = write.table("Contact").get(before.get("ContactID"))
    same = found is not None and sent.get("ContactID") == found["ContactID"]
    return same and not _differing(sent, found or {})


def _differing(sent: Record, contact: Record) -> Record:
    """The fields of a contact sent inside a document that differ; its status is not among them."""
    if sent.keys() == {"ContactID"}:
        return {}
    names = [each for each in WRITABLE if each != "ContactStatus" and each in sent]
    return {name: sent[name] for name in names if sent[name] != contact.get(name)}


def trades(write: Write, contact_id: str, *, sales: bool) -> None:
    """Note that the contact was invoiced or billed; this does not move UpdatedDateUTC."""
    flag = "IsCustomer" if sales else "IsSupplier"
    contact = write.table("Contact").get(contact_id)
    if contact is not None and not contact.get(flag):
        write.organisation.save("Contact", {**contact, flag: True}, bump=False)


def _existing(write: Write, sent: Record) -> Record | None:
    number = sent.get("ContactNumber")
    by_number = write.table("Contact").first("ContactNumber", number) if number else None
    return write.existing("Contact", sent) or by_number or _active_namesake(write, sent.get("Name"))


def _active_namesake(write: Write, name: str | None) -> Record | None:
    if not name:
        return None
    return next(
        (
            each
            for each in write.table("Contact").find("Name", name)
            if each["ContactStatus"] == "ACTIVE"
        ),
        None,
    )


def _archived_namesake(write: Write, name: str | None) -> Record | None:
    """The archived contact of a name that no active one has: Xero refuses documents for it."""
    if not name or write.organisation.archived_names == "new":
        return None
    namesakes = write.table("Contact").find("Name", name)
    return next((each for each in namesakes if each["ContactStatus"] == "ARCHIVED"), None)


def _save(write: Write, old: Record | None, sent: Record) -> Record:
    organisation = write.organisation
    if old is not None and old["ContactStatus"] == "ARCHIVED":
        raise Refusal(NOT_EDITABLE)
    contact = {
        "ContactID": organisation.new_id() if old is None else old["ContactID"],
        "ContactStatus": "ACTIVE",
        "Name": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [],
        "Phones": [],
        "ContactPersons": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "HasAttachments": False,
        **(old or {}),
        **{key: sent[key] for key in WRITABLE if key in sent},
    }
    for key, kind in (("Addresses", "AddressType"), ("Phones", "PhoneType")):
        if old is not None and key in sent:  # those of kinds that are not sent stay
            named = {entry.get(kind) for entry in sent[key]}
            stays = [old_entry for old_entry in old[key] if old_entry.get(kind) not in named]
            contact[key] = [*stays, *sent[key]]
    if old is not None and sent.get("ContactPersons") == []:
        contact["ContactPersons"] = old["ContactPersons"]  # an empty list leaves them
    _check(write, contact)
    if problems := list(write.problems):
        raise Refusal(*problems)
    contact["Addresses"] = _by_kind(contact["Addresses"], "AddressType", ("STREET", "POBOX"))
    contact["Phones"] = _by_kind(
        contact["Phones"], "PhoneType", ("DDI", "DEFAULT", "FAX", "MOBILE")
    )
    saved = organisation.save("Contact", contact)
    if old is not None and old["Name"] != saved["Name"]:
        contact_renamed(organisation, saved)
    return saved


def _check_terms(write: Write, terms: Record) -> None:
    for side, called in (("Sales", "Sales Invoices"), ("Bills", "Bills")):
        term = terms.get(side) or {}
        day = term.get("Day", 0)
        if term.get("Type") in ("OFCURRENTMONTH", "OFFOLLOWINGMONTH") and not 1 <= day <= 31:
            write.problem(
                f"Due Date for {called} must be between 1 and 31 when set to the following (or "
                "current) month."
            )
        elif not 0 <= day <= 999:
            write.problem("The Day of the payment terms must be between 0 and 999.")


def _by_kind(sent: list[Record], kind: str, kinds: tuple[str, ...]) -> list[Record]:
    """Xero shows every kind of address and telephone, empty ones too."""
    sent_by_kind = {entry.get(kind, kinds[0]): {kind: kinds[0], **entry} for entry in sent}
    empty = {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    filler = empty if kind == "PhoneType" else {}
    return [
        {kind: kind_of, **filler, **sent_by_kind.get(kind_of, {})}
        for kind_of in dict.fromkeys((*kinds, *sent_by_kind))
    ]


def _check(write: Write, contact: Record) -> None:
    name = contact["Name"]
    if not name:
        write.problem("The contact name must be specified.")
    if "<" in name or ">" in name:
        write.problem("The contact name may not contain the characters < or >.")
    if name != " ".join(name.split(" ")).strip() or "  " in name:
        write.problem("The contact name may not begin or end with blanks or have double blanks.")
    if contact["ContactStatus"] not in ("ACTIVE", "ARCHIVED", "GDPRREQUEST"):
        write.problem(f"'{contact['ContactStatus']}' is not a valid ContactStatus.")
    email = contact["EmailAddress"]
    if email and (not email.isascii() or "@" not in email or " " in email):
        write.problem(f"The email address '{email}' is not valid.")
    _check_terms(write, contact.get("PaymentTerms") or {})
    website = contact.get("Website")
    if website and not website.lower().startswith(("http://", "https://")):
        write.problem("Website must be valid.")
    if len(contact["ContactPersons"]) > 5:
        write.problem("A contact may have at most 5 contact persons.")
    me = contact["ContactID"]
    if contact["ContactStatus"] == "ACTIVE":
        namesake = _active_namesake(write, name)
        if namesake is not None and namesake["ContactID"] != me:
            write.problem(
                f"The contact name {name} is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            )
    table = write.table("Contact")
    account = contact.get("AccountNumber")
    if account and any(other["ContactID"] != me for other in table.find("AccountNumber", account)):
        write.problem("The Account Number already exists. Please enter a different Account Number.")
    number = contact.get("ContactNumber")
    if number and any(other["ContactID"] != me for other in table.find("ContactNumber", number)):
        write.problem(f"The Contact Number {number} is already assigned to another contact.")
