"""The documented JSON: real verdicts, both projections, against the schema that the documentation ships."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.exercise.folder import Exercise
from grader.grading.expected import FolderStore
from grader.sandbox.pool import Pool
from grader.verdict import (
    ArrayDiff,
    CallDetail,
    ErrorReport,
    Failing,
    Kind,
    Preview,
    ProbeResult,
    ProbeWord,
    TaskResult,
    UsedPiece,
    Verdict,
    Word,
)
from tests.grader.conftest import ROOT
from tests.grader.grading import verdict_of

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "verdict.schema.json").read_text())
GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if (path / "submission.py").exists())


def check(data: dict[str, Any]) -> None:
    jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "case", ["passed", "wrong_values", "raises_at_once", "syntax_error", "object_array", "exits_in_a_probe"]
)
def test_both_projections_of_a_verdict_follow_the_schema(
    case: str, vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    source = (GOLDEN / case / "submission.py").read_text()
    for kind in Kind:
        verdict = verdict_of(vectors, source, pool, store, kind=kind)
        for data in (verdict.for_staff(), verdict.for_learner()):
            check(json.loads(json.dumps(data, allow_nan=False)))


def test_the_schema_knows_every_field_and_every_word() -> None:
    fields = {field.name for field in dataclasses.fields(Verdict)} | {"points", "possible"}
    assert set(SCHEMA["properties"]) == fields == set(SCHEMA["required"])
    parts = {
        "task": TaskResult, "probe": ProbeResult, "call": CallDetail, "difference": ArrayDiff,
        "error": ErrorReport, "preview": Preview, "piece": UsedPiece,
    }  # fmt: skip
    assert {name for name, part in SCHEMA["$defs"].items() if "properties" in part} == set(parts)
    for name, made in parts.items():
        assert set(SCHEMA["$defs"][name]["properties"]) == {field.name for field in dataclasses.fields(made)}
        assert SCHEMA["$defs"][name]["additionalProperties"] is False
    assert SCHEMA["properties"]["word"]["enum"] == [word.value for word in Word]
    assert SCHEMA["$defs"]["probe"]["properties"]["word"]["enum"] == [word.value for word in ProbeWord]
    assert SCHEMA["$defs"]["kind"]["enum"] == [kind.value for kind in Failing]


def test_the_schema_refuses_what_is_no_verdict(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    data = verdict_of(vectors, "x = (", pool, store).for_staff()
    check(data)
    for name, value in (("word", "fine"), ("version", 1), ("points", -1), ("surprise", 1)):
        with pytest.raises(jsonschema.ValidationError):
            check(data | {name: value})
