"""The first version of a flow: fields and key, by the columns of a file or by Xero's records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from xeroport.catalogue import Catalogue, RecordType
from xeroport.console.jobs import columns_to_fields
from xeroport.console.jobs.flow_forms import FlowForm

LINE_FIELDS = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType")
NUMBERS = ("InvoiceNumber", "ContactNumber", "CreditNoteNumber", "PurchaseOrderNumber", "Code")
NAMED = ("Name", "Reference")


def filled(form: FlowForm, catalogue: Catalogue, sample: Path | None) -> FlowForm:
    """The form with its fields and its key, as far as they can be guessed."""
    if form.kind == "files-xero":
        return _from_file(form, catalogue, sample) if sample is not None else form
    record = catalogue.record(catalogue.endpoint(form.endpoint).record or "")
    if form.kind == "xero-table":
        return replace(form, fields=tuple(_columns(record)))
    if form.kind == "xero-xero":
        return _copied(form, catalogue, record)
    return form


def _from_file(form: FlowForm, catalogue: Catalogue, sample: Path) -> FlowForm:
    endpoint = catalogue.endpoint(form.to_endpoint)
    fitted = columns_to_fields.fit(str(sample), catalogue, endpoint, None)
    fields = {column.field: column.name for column in fitted.columns if column.field}
    if endpoint.body_record == "Invoice" and "Type" not in fields:
        fields = {"Type": "'ACCREC'", **fields}
    keys = [fields[name] for name in (*NUMBERS, *NAMED) if name in fields]
    key = keys[0] if keys else fitted.columns[0].name if fitted.columns else ""
    return replace(form, fields=tuple(fields.items()), key=key)


def _columns(record: RecordType) -> Iterator[tuple[str, str]]:
    for field in record.fields:
        if field.type not in {"object", "list"}:
            yield field.name, field.name
    if "Contact" in record.by_name:
        yield "ContactName", "Contact.Name"


def _copied(form: FlowForm, catalogue: Catalogue, record: RecordType) -> FlowForm:
    """The fields that both records have; lines one by one."""
    target = catalogue.record(catalogue.endpoint(form.to_endpoint).body_record or "")
    fields: dict[str, str] = {}
    for field in target.fields:
        known = record.by_name.get(field.name)
        is_scalar = field.type not in {"object", "list", "uuid"}
        if known is not None and is_scalar and not field.read_only:
            fields[field.name] = field.name
    if "Status" in fields and target.name == "Invoice":
        fields["Status"] = "'DRAFT'"
    if "Contact" in target.by_name and "Contact" in record.by_name:
        fields["Contact.Name"] = "Contact.Name"
    both = "LineItems" in target.by_name and "LineItems" in record.by_name
    if both:
        fields |= {f"LineItems.{name}": f"line.{name}" for name in LINE_FIELDS}
    return replace(
        form,
        key=record.key[0] if record.key else "",
        fields=tuple(fields.items()),
        each_name="line" if both else "",
        each_list="LineItems" if both else "",
    )
