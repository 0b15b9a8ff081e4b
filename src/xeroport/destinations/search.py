"""What people search for in a copy, and the indexes of Postgres that find it.

They need no extension: a text is found by the sets of three letters that it has, which a function
of the schema works out and an index of Postgres's own keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from xeroport.destinations.typed import identifier

BEGINNING = 100
"""Letters of a text that are compared with the beginning of what is searched for."""

INDEX = "_search"
"""How the name of a table's index for words anywhere ends."""


class SearchColumns(Struct, frozen=True):
    """The texts and the amount by which records of a table are searched for; in a small table
    words are looked for anywhere at once."""

    columns: tuple[str, ...]
    amount: str = ""
    is_small: bool = False


SEARCHED: Mapping[str, SearchColumns] = {
    "contact": SearchColumns(("name", "email_address", "account_number"), is_small=True),
    "invoice": SearchColumns(("invoice_number", "reference"), "total"),
    "credit_note": SearchColumns(("credit_note_number", "reference"), "total"),
    "quote": SearchColumns(("quote_number", "title", "reference"), "total"),
    "purchase_order": SearchColumns(("purchase_order_number", "reference"), "total"),
    "bank_transaction": SearchColumns(("reference",), "total"),
    "payment": SearchColumns(("reference",), "amount"),
    "manual_journal": SearchColumns(("narration",)),
    "account": SearchColumns(("name", "code"), is_small=True),
    "item": SearchColumns(("name", "code"), is_small=True),
}


def beginning(text: str) -> str:
    """The start of a text (SQL) in small letters, as an index keeps it."""
    return f"lower(left({text}, {BEGINNING}))"


def letters(schema: str, words: str) -> str:
    """The sets of three letters that a text has, as SQL."""
    return f"{identifier(schema)}._three_letters({words})"


def joined(columns: Sequence[str]) -> str:
    """All searched texts of a record as one."""
    return " || chr(10) || ".join(f"coalesce({identifier(name)}, '')" for name in columns)


def postgres_indexes(schema: str, table: str) -> list[str]:
    """The statements that make the indexes of a table, where they are not there yet; and its
    statistics, without which Postgres sorts all that begin with a word that is everywhere."""
    searched = SEARCHED.get(table)
    if searched is None:
        return []
    named = f"{identifier(schema)}.{identifier(table)}"
    words = letters(schema, joined(searched.columns))
    indexes = {f"{table}{INDEX}": f"USING gin ({words})"}
    for column in searched.columns:
        start = beginning(identifier(column))
        indexes[f"{table}{INDEX}_{column}"] = f"({start} text_pattern_ops)"
    if searched.amount:
        indexes[f"{table}{INDEX}_{searched.amount}"] = f"({identifier(searched.amount)})"
    return [
        FUNCTION.format(name=letters(schema, "words text")),
        *(
            f"CREATE INDEX IF NOT EXISTS {identifier(name)} ON {named} {kept}"
            for name, kept in indexes.items()
        ),
        f"ANALYZE {named}",
    ]


FUNCTION = """
CREATE OR REPLACE FUNCTION {name} RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr(lower(words), at, 3)), '{{}}')
  FROM generate_series(1, length(words) - 2) AS at
$$
"""
