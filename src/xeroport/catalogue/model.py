"""The types of the catalogue: endpoints, record types, fields and parameters, as frozen values."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from xeroport.errors import UnknownName
from xeroport.plurals import counted

ValueType = Literal[
    "text", "uuid", "money", "number", "integer", "boolean", "date", "timestamp", "object", "list"
]
"""`money` is an exact decimal; `date` a calendar date; `timestamp` an instant in UTC."""

Method = Literal["GET", "PUT", "POST", "DELETE"]
Paging = Literal["none", "page", "offset"]
Reply = Literal["json", "binary", "pdf", "empty"]
Body = Literal["none", "json", "binary", "empty"]


class Field(Struct, frozen=True):
    """One field of a record type. `of` is the record type of an object or of a list's items
    (or a scalar type, for a list of scalars); `enum` names a shared list of values."""

    name: str
    type: ValueType
    of: str | None = None
    enum: str | None = None
    values: tuple[str, ...] = ()
    read_only: bool = False
    required: bool = False
    max_length: int | None = None


class NaturalKey(Struct, frozen=True):
    """Fields that identify a record by its content, for records whose fields are among `when`."""

    fields: tuple[str, ...]
    when: dict[str, tuple[str, ...]] = {}


class RecordType(Struct, frozen=True, dict=True):
    """A kind of record, such as `Invoice`; `key` and `cursor` name fields of it."""

    name: str
    table: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    natural_keys: tuple[NaturalKey, ...] = ()
    cursor: str | None = None

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Field name → field."""
        return {each.name: each for each in self.fields}


class Parameter(Struct, frozen=True):
    """One path or query parameter of an endpoint, spelled as Xero spells it."""

    name: str
    place: Literal["path", "query"]
    type: ValueType
    of: str | None = None
    values: tuple[str, ...] = ()
    required: bool = False


class Endpoint(Struct, frozen=True, dict=True):
    """One operation of Xero.

    `envelope` is the key of the reply's list of `record`s (None: the reply is the record itself);
    `body_envelope` likewise for the request. `batch` is how many records one request may carry.
    `modified_since` says that If-Modified-Since is understood, `idempotent` that an
    Idempotency-Key is. A `stream` is read into tables, as records of the type `record`, or of our
    own type `stream_record` for the cells of a report. Any one of `scopes` (classic) or of
    `granular_scopes` (2026) suffices.
    """

    name: str
    operation: str
    method: Method
    path: str
    resource: str
    scopes: tuple[str, ...]
    granular_scopes: tuple[str, ...]
    envelope: str | None = None
    record: str | None = None
    reply: Reply = "json"
    body: Body = "none"
    body_envelope: str | None = None
    body_record: str | None = None
    parameters: tuple[Parameter, ...] = ()
    paging: Paging = "none"
    page_size: int | None = None
    modified_since: bool = False
    idempotent: bool = False
    batch: int = 1
    stream: bool = False
    stream_record: str | None = None
    retired: str | None = None
    gated: str | None = None

    def __repr__(self) -> str:
        return f"<Endpoint {self.name}: {self.method} {self.path}>"

    @cached_property
    def by_name(self) -> dict[str, Parameter]:
        """Parameter name → parameter."""
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        """The parameters that its path has, in order."""
        return tuple(each.name for each in self.parameters if each.place == "path")

    @property
    def table_record(self) -> str:
        """The record type that a stream's tables are of."""
        return str(self.stream_record or self.record)

    @property
    def is_write(self) -> bool:
        """Whether a call changes the organisation."""
        return self.method != "GET"

    @cached_property
    def verb(self) -> str:
        """The last part of the name: `list`, `create`, `pdf` …"""
        return self.name.rsplit(".", 1)[1]


class Catalogue(Struct, frozen=True, dict=True):
    """All that Xero's Accounting API offers."""

    version: str
    enums: dict[str, tuple[str, ...]]
    record_types: tuple[RecordType, ...] = field(name="records")
    endpoints: tuple[Endpoint, ...] = ()

    def __repr__(self) -> str:
        return f"<Catalogue {self.version}: {counted(len(self.endpoints), 'endpoint')}>"

    @cached_property
    def _by_name(self) -> dict[str, Endpoint]:
        found = {endpoint.name: endpoint for endpoint in self.endpoints}
        return found | {endpoint.operation: endpoint for endpoint in self.endpoints}

    @cached_property
    def records(self) -> dict[str, RecordType]:
        """The record types by name."""
        return {each.name: each for each in self.record_types}

    @cached_property
    def streams(self) -> dict[str, Endpoint]:
        """Stream name (the resource, such as `invoices`, or `report_trial_balance`) → endpoint."""
        return {
            endpoint.name.replace("reports.", "report_")
            if endpoint.stream_record
            else endpoint.name.rsplit(".", 1)[0]: endpoint
            for endpoint in self.endpoints
            if endpoint.stream
        }

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name or operationId; UnknownName with the nearest otherwise."""
        found = self._by_name.get(name)
        if found is None:
            raise UnknownName("endpoint", name, self._by_name, hint="see `xeroport endpoints`")
        return found

    def record(self, name: str) -> RecordType:
        """The record type of that name; UnknownName otherwise."""
        found = self.records.get(name)
        if found is None:
            raise UnknownName("record type", name, self.records)
        return found

    def values(self, of: Field) -> tuple[str, ...]:
        """The values Xero documents for a field; lists are open, new ones arrive unannounced."""
        return self.enums[of.enum] if of.enum else of.values
