"""What `the_name` is asked. Each function below makes the arguments of one call, or a list of calls.

A learner sees all of a `visible` one, and of the others only whether they pass. T64 allows for rounding in
float64; "edge" says in a verdict that it is an edge case that fails.
"""

import numpy as np

from grader.language import T64, calls


def exact(x):  # FILL: the parameters, as in starter.py
    """The right answer by another way than reference.py, of the same type: loops, slow and clear."""
    return x  # FILL: the slow way


@calls({1: "the_name"}, truth=exact, visible=True, tolerance=T64)
def Small(rng):
    "FILL: what a learner sees here, as in: five numbers, windows of two"
    return {"x": rng.normal(size=5)}  # FILL: small inputs, in the order of the parameters


@calls({1: "the_name"}, truth=exact, points=3, tolerance=T64)
def Many(rng):
    "FILL: what these ask, as in: windows of many sizes"
    return [{"x": rng.normal(size=n)} for n in (7, 12, 6)]  # FILL: many sizes, no two dimensions alike


@calls({1: "the_name"}, truth=exact, kind="edge", tolerance=T64)
def Edges(rng):
    "FILL: what these ask, as in: one window that is everything"
    return [{"x": rng.normal(size=1)}]  # FILL: the smallest, the largest, ties, zeros, other signs
