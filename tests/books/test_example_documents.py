"""The example documents of Xero's own description, which come from real organisations, derived."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.field_reports.test_example_replies import examples, land, page_of, streams_of

from xeroport.books import derive
from xeroport.books.places import open_workspace
from xeroport.destinations import open_destination
from xeroport.errors import InputError


def test_every_example_document_makes_journals_that_balance(
    tmp_path: Path, spec_document: Any
) -> None:
    url = f"duckdb:{tmp_path / 'books.duckdb'}"
    where = streams_of()
    with closing(open_destination(url, instance="acme")) as destination:
        for operation, example in examples(spec_document).items():
            if operation in where:
                stream, endpoint = where[operation]
                land(destination, tmp_path, stream, endpoint, page_of(endpoint, example))
    with open_workspace(url, instance="acme") as workspace:
        connection = workspace.connection
        derive.prepare(connection, workspace.synced)
        derive.touch(connection, workspace.synced, since=None)
        derive.choose_due(connection, is_full=True)
        derive.work_out(connection)
        derive.write_lines(connection, workspace.ledger, is_full=True)
        lines = f"{workspace.ledger}.ledger_line"
        uneven = connection.execute(
            f"SELECT record, record_id, sum(amount) FROM {lines} "
            "GROUP BY record, record_id, journal_date HAVING sum(amount) <> 0"
        ).fetchall()
        assert uneven == []
        counts = dict(
            connection.execute(
                f"SELECT record, count(DISTINCT record_id) FROM {lines} GROUP BY 1"
            ).fetchall()
        )
        assert {"invoice", "credit_note", "bank_transaction", "payment"} <= counts.keys(), counts
        assert sum(counts.values()) >= 9, counts
        with pytest.raises(InputError, match="account that is not in the copy"):
            derive.check_lines(connection, workspace.ledger)
