"""Tables as the target of a flow: numbers are not rounded, and one bad value stops no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flow_world import World

from xeroport.jobs.flow.table_duckdb import wider_type

FLOW = """
key = "id"
[source]
files = "in/*.json"
[fields]
id = "id"
amount = "{amount}"
[target]
table = "shop.sums"
to = "{to}"
"""


@pytest.fixture(params=["duckdb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "duckdb":
        return f"duckdb:{tmp_path / 'out.duckdb'}"
    return str(request.getfixturevalue("postgres_url"))


def held(place: str) -> dict[str, Any]:
    if place.startswith("duckdb:"):
        with duckdb.connect(place.removeprefix("duckdb:"), read_only=True) as connection:
            return dict(connection.execute("SELECT _key, amount FROM shop.sums").fetchall())
    import psycopg

    with psycopg.connect(place) as connection:
        return dict(connection.execute("SELECT _key, amount FROM shop.sums").fetchall())


def run(world: World, number: int, *records: dict[str, Any]) -> Any:
    world.write(f"in/{number}.json", json.dumps(list(records)))
    return world.run()


def test_whole_numbers_first_and_decimals_later(world: World, place: str) -> None:
    world.add(FLOW.format(amount="amount", to=place))
    run(world, 1, {"id": "a", "amount": 10})
    run(world, 2, {"id": "b", "amount": 10.50}, {"id": "c", "amount": 10.125})
    run(world, 3, {"id": "d", "amount": 7})
    assert held(place) == {"a": 10, "b": Decimal("10.5"), "c": Decimal("10.125"), "d": 7}


def test_one_bad_value_is_refused_alone_and_named(world: World, place: str) -> None:
    world.add(FLOW.format(amount="amount", to=place))
    run(world, 1, {"id": "a", "amount": 10})
    report = run(world, 2, {"id": "b", "amount": "ten"}, {"id": "c", "amount": 11})
    assert report.refused == 1
    assert report.exit_status == 1
    report = run(world, 3, {"id": "d", "amount": 12})
    assert report.exit_status == 0
    assert held(place) == {"a": 10, "c": 11, "d": 12}
    (refused,) = world.refused().values()
    assert refused.key == "b"
    assert "ten" in refused.messages[0]


def test_a_number_that_a_column_would_round_is_refused(world: World, place: str) -> None:
    """A column that a person made narrower than the numbers that come."""
    world.add(FLOW.format(amount="amount::BIGINT", to=place))
    run(world, 1, {"id": "a", "amount": 10})
    world.add(FLOW.format(amount="amount::VARCHAR", to=place))
    report = run(world, 2, {"id": "b", "amount": 10.5})
    assert report.refused == 1
    assert held(place) == {"a": 10}


@pytest.mark.parametrize(
    ("has", "wanted", "wider"),
    [
        ("BIGINT", "DECIMAL(38,10)", "DECIMAL(38,10)"),
        ("HUGEINT", "DOUBLE", "DOUBLE"),
        ("INTEGER", "HUGEINT", "HUGEINT"),
        ("DECIMAL(18,4)", "DECIMAL(38,10)", "DECIMAL(38,10)"),
        ("DECIMAL(18,4)", "DECIMAL(10,2)", "DECIMAL(18,4)"),
        ("DATE", "TIMESTAMP", "TIMESTAMP"),
        ("DATE", "VARCHAR", "DATE"),
        ("VARCHAR", "DOUBLE", "VARCHAR"),
    ],
)
def test_a_column_grows_only_as_far_as_it_must(has: str, wanted: str, wider: str) -> None:
    assert wider_type(has, wanted) == wider


def test_the_day_in_a_file_name_is_the_flows_own(world: World) -> None:
    """At 11:30 UTC it is the next day in Auckland."""
    text = FLOW.replace('table = "shop.sums"\nto = "{to}"', 'file = "out/{date}.json"')
    text = 'time_zone = "Pacific/Auckland"\n' + text.replace("{amount}", "amount")
    world.add(text)
    world.write("in/1.json", '[{"id": "a", "amount": 1}]')
    world.run(due=datetime(2026, 11, 2, 11, 30, tzinfo=UTC))
    assert [path.name for path in (world.folder / "out").iterdir()] == ["2026-11-03.json"]


def test_a_flow_may_be_called_as_its_file_is(world: World) -> None:
    text = FLOW.format(amount="amount", to=f"duckdb:{world.folder / 'out.duckdb'}")
    world.add(text, "cast-int")
    world.write("in/1.json", '[{"id": "a", "amount": 1}]')
    assert world.run("cast_int").exit_status == 0
    assert world.run("cast-int").exit_status == 0
