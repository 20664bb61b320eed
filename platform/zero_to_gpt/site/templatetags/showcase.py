"""The example on the landing page: a real kind of mistake, drawn by the templates that draw verdicts."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


def _array(cells: list[list[float]]) -> dict[str, Any]:
    shape = [len(cells), len(cells[0])]
    return {
        "kind": "array",
        "text": "",
        "shape": shape,
        "dtype": "float64",
        "cells": cells,
        "truncated": False,
        "items": [],
    }


@register.simple_tag
def sample_probe() -> dict[str, Any]:
    """A softmax that divides by the sum of everything: rows of a batch no longer add up to one."""
    expected = [[0.0900, 0.2447, 0.6652], [0.2119, 0.2119, 0.5761], [0.3333, 0.3333, 0.3333]]
    got = [[0.0300, 0.0816, 0.2217], [0.0706, 0.0706, 0.1920], [0.1111, 0.1111, 0.1111]]
    return {
        "title": "Softmax of a batch, row by row",
        "word": "failed",
        "visible": True,
        "seconds": 0.0021,
        "message": "`softmax`: 9 of 9 numbers differ; the worst is [0, 2]: yours 0.2217, expected 0.6652.",
        "twin": None,
        "detail": {
            "seed": "0",
            "inputs": None,
            "error": None,
            "got": _array(got),
            "expected": _array(expected),
            "differences": [
                {
                    "path": "",
                    "total": 9,
                    "differing": 9,
                    "worst_index": [0, 2],
                    "limit": 1e-9,
                    "note": "",
                }
            ],
        },
    }
