"""Files to attach: a folder, or rows that name files.

`FOLDER/<record>/<file>` and `FOLDER/<record>.<ending>` attach to the record of that id, number or
name. Rows have the record and the file's path in `File`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from xeroport.catalogue import Endpoint
from xeroport.errors import InputError
from xeroport.records.targets import FILE_COLUMN
from xeroport.rows.source import Row, Source

FILE_NAME = "FileName"
LEFT_BEHIND = {"thumbs.db", "desktop.ini"}
"""Files that Windows puts into folders by itself."""


def owner_of(endpoint: Endpoint) -> str:
    """The path parameter that names the record files are attached to."""
    return next(name for name in endpoint.path_names if name != FILE_NAME)


def folder_rows(folder: Path, endpoint: Endpoint) -> Source:
    """The rows of a folder of attachments; hidden files are left out, deeper ones are reported."""
    owner = owner_of(endpoint)
    paths = [path for path in sorted(folder.rglob("*")) if _is_meant(path, folder)]
    files = [path for path in paths if len(path.relative_to(folder).parts) <= 2]
    if not files:
        raise InputError(
            f"`{folder}` has no files to attach",
            hint=f"put them into folders named by number or `{owner}`, such as "
            f"`{folder.name}/INV-001/scan.pdf`, or name them so: `{folder.name}/INV-001.pdf`",
        )
    notes: tuple[str, ...] = ()
    if deeper := [path for path in paths if path not in set(files)]:
        more = f" and {len(deeper) - 1:,} more" if len(deeper) > 1 else ""
        notes = (f"left out, too deep in folders: `{deeper[0].relative_to(folder)}`{more}",)

    def rows() -> Iterator[Row]:
        for number, path in enumerate(files, start=1):
            record = path.stem if path.parent == folder else path.parent.name
            yield Row(number, {owner: record, FILE_NAME: path.name, FILE_COLUMN: str(path)})

    columns = (owner, FILE_NAME, FILE_COLUMN)
    return Source(folder.name, rows(), columns, texts=True, notes=notes, unit="file")


def _is_meant(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") for part in parts) or parts[-1].lower() in LEFT_BEHIND
    return path.is_file() and not hidden


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
