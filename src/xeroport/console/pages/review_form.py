"""What the one form of a review says, whichever of its buttons was pressed: corrected cells, and
the choices for the whole file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.datastructures import FormData

from xeroport.console.jobs.cell_corrections import Corrections
from xeroport.console.jobs.columns_to_fields import FittedColumns
from xeroport.console.jobs.uploads import Upload
from xeroport.console.web.forms import text
from xeroport.errors import UnknownName

DATE_FORMATS = ("DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD")
DECIMAL_MARKS = (".", ",")
MOST_CHARACTERS = 10_000
"""Of one corrected cell."""


def corrections_in(form: FormData) -> Corrections:
    """The cells whose text is no longer what the page showed."""
    lines, columns, values, before = (
        [str(value) for value in form.getlist(f"fix.{part}")]
        for part in ("line", "column", "value", "before")
    )
    corrections: Corrections = {}
    for line, column, value, old in zip(lines, columns, values, before, strict=False):
        if line.isdigit() and len(line) < 10 and value != old:
            corrections.setdefault(line, {})[column] = value[:MOST_CHARACTERS]
    return corrections


def choices_in(form: FormData, upload: Upload, writable: Sequence[str]) -> Upload:
    """The upload with the choices of the form; as it is where the form has none."""
    if "endpoint" not in form:
        return upload
    endpoint = text(form, "endpoint")
    if endpoint not in writable:
        raise UnknownName("endpoint to push to", endpoint, writable)
    columns = {
        str(name): text(form, f"field.{number}")
        for number, name in enumerate(form.getlist("column"))
        if isinstance(name, str)
    }
    has_columns = bool(columns) and text(form, "map") == "yes" and endpoint == upload.endpoint
    dates, decimal = text(form, "dates"), text(form, "decimal")
    return msgspec.structs.replace(
        upload,
        endpoint=endpoint,
        key=text(form, "key"),
        columns=columns if has_columns else None,
        update=text(form, "update") == "yes",
        skip_invalid=text(form, "skip_invalid") == "yes",
        constants=_constants(form),
        dates=dates if dates in DATE_FORMATS else "",
        decimal=decimal if decimal in DECIMAL_MARKS else "",
    )


def _constants(form: FormData) -> dict[str, str]:
    """Fields that every record gets, with their values."""
    names = [str(name).strip() for name in form.getlist("constant.field")]
    values = [str(value).strip() for value in form.getlist("constant.value")]
    return {name: value for name, value in zip(names, values, strict=False) if name and value}


def is_same(chosen: Upload, upload: Upload, fitted: FittedColumns | None) -> bool:
    """Whether the choices of a form are those that were checked: the columns are, if they stand
    as the page showed them, guesses and columns of a later file among them."""
    if fitted and chosen.columns == {column.name: column.field for column in fitted.columns}:
        chosen = msgspec.structs.replace(chosen, columns=upload.columns)
    return chosen == upload
