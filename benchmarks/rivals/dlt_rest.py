"""dlt's REST source into DuckDB, with its own paginator and normaliser."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source


def main(base_url: str, folder: Path) -> None:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{base_url}/api.xro/2.0/",
                "paginator": {
                    "type": "page_number",
                    "base_page": 1,
                    "page_param": "page",
                    "total_path": "pagination.pageCount",
                },
            },
            "resources": [
                {
                    "name": "invoices",
                    "primary_key": "InvoiceID",
                    "write_disposition": "merge",
                    "endpoint": {
                        "path": "Invoices",
                        "params": {"pageSize": 1000},
                        "data_selector": "Invoices",
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")),
        dataset_name="xero",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(source)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
