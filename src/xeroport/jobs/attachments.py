"""Files to attach: a folder with one folder per record, or rows that name files.

`FOLDER/<id of the record>/<file>` attaches each file to the record whose id its folder is named
by. Rows have the path parameters as columns and the file's path in `File`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from xeroport.catalogue import Endpoint
from xeroport.errors import InputError
from xeroport.jobs.source import Row, Source
from xeroport.jobs.targets import FILE_COLUMN

FILE_NAME = "FileName"


def folder_rows(folder: Path, endpoint: Endpoint) -> Source:
    """The rows of a folder of attachments; hidden files are left out."""
    ids = [p.name for p in endpoint.parameters if p.place == "path" and p.name != FILE_NAME]
    owner = ids[0]
    files = sorted(
        path
        for path in folder.glob("*/*")
        if path.is_file() and not path.name.startswith(".") and not path.parent.name.startswith(".")
    )
    if not files:
        raise InputError(
            f"`{folder}` has no files to attach",
            hint=f"put them in folders named by `{owner}`: `{folder.name}/<{owner}>/invoice.pdf`",
        )

    def rows() -> Iterator[Row]:
        for number, path in enumerate(files, start=1):
            values = {owner: path.parent.name, FILE_NAME: path.name, FILE_COLUMN: str(path)}
            yield Row(number, values)

    return Source(folder.name, rows(), (owner, FILE_NAME, FILE_COLUMN), texts=True, unit="file")


def with_names(source: Source) -> Source:
    """The source with a `FileName` for each row that has none: the last part of its `File`."""
    if source.columns is not None and FILE_COLUMN not in source.columns:
        raise InputError(
            f"the column `{FILE_COLUMN}` is missing", hint="it holds the path of the file to attach"
        )

    def rows() -> Iterator[Row]:
        for row in source.rows:
            if row.broken or row.values.get(FILE_NAME):
                yield row
                continue
            name = Path(str(row.values.get(FILE_COLUMN) or "")).name
            yield Row(row.line, {**row.values, FILE_NAME: name})

    columns = source.columns
    if columns is not None and FILE_NAME not in columns:
        columns = (*columns, FILE_NAME)
    return replace(source, rows=rows(), columns=columns)
