"""What a database does for a query: its plan, read for walks over whole tables that grow with use.

Wrap what is looked at in `watched()`; every statement is explained with its own parameters before it runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

BIG = {
    "submissions_submission",
    "submissions_event",
    "submissions_proberesult",
    "submissions_draft",
    "catalog_expectedcase",
}
STEPS_OF_A_ROW = 10


@contextmanager
def watched(rows: int) -> Iterator[list[str]]:
    """Collects a sentence for every statement that reads a whole big table of `rows` rows."""
    found: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", sql):
            found.extend(f"{problem}\n    {sql % tuple(params or ())}" for problem in _problems(sql, params))
        with _counted(rows, found, sql):
            return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def _problems(sql: str, params: Any) -> list[str]:
    return _sqlite(sql, params) if connection.vendor == "sqlite" else _postgresql(sql, params)


def _newest(sql: str) -> bool:
    """A walk that ends by itself: so many rows in the order of the key, whatever they hold."""
    return " LIMIT " in sql and " WHERE " not in sql


def _sqlite(sql: str, params: Any) -> list[str]:
    with connection.cursor() as cursor:
        raw = cursor.cursor  # past the wrappers, ours among them
        raw.execute("EXPLAIN QUERY PLAN " + sql, params)
        lines = [row[3] for row in raw.fetchall()]
    names = {alias: table for table in BIG for alias in _aliases(sql, table)}
    return [
        f"SQLite: {line}"
        for line in lines
        if (walk := re.match(r"SCAN (\w+)", line)) and walk[1] in names and not _newest(sql)
    ]


def _aliases(sql: str, table: str) -> set[str]:
    return {table, *re.findall(rf'"{table}" (?:AS )?"?([UVW]\d+|T\d+)"?', sql)}


def _postgresql(sql: str, params: Any) -> list[str]:
    """A walk along the key to the newest rows that are graded ends at once: nearly all are."""
    with connection.cursor() as cursor:
        raw = cursor.cursor
        raw.execute("SET LOCAL enable_seqscan = off")
        raw.execute("EXPLAIN (FORMAT JSON) " + sql, params)
        answer = raw.fetchone()[0]
        raw.execute("SET LOCAL enable_seqscan = on")
    plan = answer if isinstance(answer, list) else json.loads(answer)
    return [
        f"PostgreSQL: {node['Node Type']} on {node['Relation Name']}"
        for node in _nodes(plan[0]["Plan"])
        if node.get("Relation Name") in BIG
        and ("Scan" in node["Node Type"])
        and not ({"Index Cond", "Recheck Cond"} & set(node))
        and not (_newest(sql) and "Filter" not in node)
        and not (" LIMIT " in sql and "'graded'::" in node.get("Filter", "") and "AND" not in node["Filter"])
    ]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


@contextmanager
def _counted(rows: int, found: list[str], sql: str) -> Iterator[None]:
    """SQLite counts its own steps: an index that most rows fit is a walk over the table too."""
    if connection.vendor != "sqlite" or connection.connection is None:
        yield
        return
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 100
        return 0

    connection.connection.set_progress_handler(count, 100)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)
        if steps > rows * STEPS_OF_A_ROW // 2:
            found.append(f"SQLite: {steps} steps\n    {sql}")
