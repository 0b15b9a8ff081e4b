"""A Parquet folder with a damaged file: one message, exit status 2, and a way out that works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sync.books import NAME, Books

from xeroport.errors import InputError
from xeroport.jobs.query import answering


def counts(books: Books) -> list[tuple[int, int]]:
    with answering(
        "SELECT (SELECT count(*) FROM invoice), (SELECT count(*) FROM invoice_line_item)",
        url=books.url,
        instance=NAME,
    ) as answer:
        return list(answer.rows())  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ["part", "no part", "manifest", "empty manifest"])
def test_a_damaged_file_says_the_way_out_and_full_rebuilds(
    make_books: Callable[..., Books], what: str
) -> None:
    books = make_books(200)
    lake = books.home / "lake"
    books.url = f"parquet:{lake}"
    books.sync()
    held = counts(books)
    folder = lake / "acme_uk"
    broken: Path = next((folder / "invoice").glob("*.parquet"))
    if what == "no part":
        broken.unlink()
    elif what == "part":
        broken.write_bytes(broken.read_bytes()[:-40])
    else:
        (folder / "_manifest.json").write_text("{" if what == "manifest" else "")
    with pytest.raises(InputError) as refused:
        books.sync("invoices", full=True)
    assert refused.value.exit_status == 2
    assert "damaged" in refused.value.message
    assert "--full" in str(refused.value.hint)
    report = books.sync(full=True)
    assert (report.status, report.exit_status) == ("done", 0)
    assert counts(books) == held
    assert books.sync().status == "done"
