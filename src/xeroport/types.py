"""The types of Xero's records and the names of its endpoints, for annotations.

    from xeroport.types import Invoice, InvoiceInput

`Invoice` is a record as it is read, `InvoiceInput` one as it is written (every field optional,
amounts also as int or text). Type checkers read `types.pyi`, generated from the catalogue by
`scripts/build_stubs.py`; at run time the same types are made from the catalogue when asked for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from xeroport.catalogue import load

if not TYPE_CHECKING:

    @cache
    def __getattr__(name: str) -> Any:
        if name == "EndpointName":
            return Literal[tuple(endpoint.name for endpoint in load().endpoints)]
        kinds = load().records
        record = kinds.get(name) or kinds.get(name.removesuffix("Input"))
        if record is None:
            raise AttributeError(f"`xeroport.types` has no `{name}`")
        fields = {field.name: Any for field in record.fields}
        return TypedDict(name, fields, total=record.name == name)

    def __dir__() -> list[str]:
        names = [record.name for record in load().record_types]
        return ["EndpointName", *names, *(f"{name}Input" for name in names)]
