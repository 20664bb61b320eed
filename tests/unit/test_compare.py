"""A right answer is accepted, a wrong one is told where and how; nothing from a box compares itself."""

# ruff: noqa: E501  (tables of sentences)
from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.feedback.differences import sentence
from grader.language import EXACT, T16, T32, T64, TB16, T64n, Tolerance
from grader.values.compare import _Comparison, compare, noun, preview
from grader.verdict import Failing, to_json
from sandbox_images.inside.wire import Bf16, Opaque, Raised, decode, encode

RNG = np.random.default_rng(7)
A = RNG.standard_normal((4, 3))


def kinds(got, expected, tolerance=T64, **settings):
    return [diff.kind for diff in compare(got, expected, tolerance, **settings)]


def only(got, expected, tolerance=T64, **settings):
    (diff,) = compare(got, expected, tolerance, **settings)
    return diff


def told(got, expected, tolerance=T64, functions=("f",), **settings):
    return sentence(compare(got, expected, tolerance, **settings)[0], functions)


# What is equal

finite = st.floats(-1e6, 1e6)
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
floats = st.sampled_from(["f2", "f4", "f8", "c8", "c16"]).flatmap(lambda d: hnp.arrays(np.dtype(d), shapes))
anything = st.sampled_from(["f2", "f4", "f8", "i1", "i4", "i8", "u1", "u8", "?", "c16"]).flatmap(
    lambda d: hnp.arrays(np.dtype(d), shapes)
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=5), anything),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple), st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=8,
)  # fmt: skip


ODD = (math.nan, math.inf, -math.inf)
PATHS = {
    "scalar": lambda xs: xs[0],
    "numpy scalar": lambda xs: np.float64(xs[0]),
    "float32 scalar": lambda xs: np.float32(xs[0]),
    "complex": lambda xs: complex(xs[0], 1.0),
    "imaginary": lambda xs: complex(1.0, xs[0]),
    "array": np.array,
    "matrix": lambda xs: np.array([xs, xs]),
    "float32": lambda xs: np.array(xs, "f4"),
    "float16": lambda xs: np.array(xs, "f2"),
    "bfloat16": lambda xs: Bf16((np.array(xs, "f4").view("u4") >> 16).astype("u2")),
    "complex array": lambda xs: np.array(xs) + 1j,
    "imaginary array": lambda xs: np.array([complex(1.0, x) for x in xs]),
    "list": list,
    "tuple": tuple,
    "long list": lambda xs: xs * 4,
    "very long list": lambda xs: [0.5] * 3000 + xs + [math.inf] * 3000 + xs,
    "complex list": lambda xs: [complex(x, 1.0) for x in xs],
    "mixed list": lambda xs: [1, "a", *xs],
    "float32 list": lambda xs: [np.float32(x) for x in xs],
    "dict": lambda xs: dict(enumerate(xs)),
    "nested": lambda xs: {"a": [{"b": (xs, np.array(xs))}], "c": 1},
    "list of rows": lambda xs: [list(xs)] * 12,
    "list of arrays": lambda xs: [np.array(xs)] * 2100,
}
numbers = st.one_of(st.sampled_from(ODD), st.sampled_from([0.0, 1.0, -2.5, 1e4, 65504.0]))


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(PATHS)),
    st.lists(numbers, min_size=1, max_size=12),
    st.integers(0, 11),
    st.sampled_from(ODD),
    numbers,
    st.booleans(),
    st.sampled_from([EXACT, T64, T32, Tolerance(0.5, 0.5)]),
    st.sampled_from(["same", "any"]),
)
def test_a_number_that_is_not_finite_equals_itself_and_nothing_else(
    path, around, place, odd, other, odd_is_expected, tolerance, dtype
):
    place = 0 if "scalar" in path or path in ("complex", "imaginary") else place % len(around)
    with_odd, with_other = list(around), list(around)
    with_odd[place], with_other[place] = odd, other
    made = PATHS[path]
    got, expected = (with_other, with_odd) if odd_is_expected else (with_odd, with_other)
    same = odd == other or (math.isnan(odd) and math.isnan(other))
    accepted = compare(decode(encode(made(got))), made(expected), tolerance, dtype=dtype) == ()
    assert accepted is same


@pytest.mark.parametrize("tolerance", [EXACT, T64, T32])
@pytest.mark.parametrize("expected", [math.inf, -math.inf, math.nan, 1.7e308, complex(math.inf, 0)])
@pytest.mark.parametrize("huge", [10**400, -(10**400), 2**1024])
def test_an_integer_beyond_all_floats_is_no_infinity(huge, expected, tolerance):
    for dtype in ("same", "any"):
        assert compare(huge, expected, tolerance, dtype=dtype)
        assert compare([huge] * 12, [expected] * 12, tolerance, dtype=dtype)
        assert compare(expected, huge, tolerance, dtype=dtype)
    assert compare(huge, huge, tolerance) == ()
    assert compare(huge, huge + 1, tolerance)


@pytest.mark.parametrize("item", [(1, 2), [1.5], np.ones(2), {"a": 1}, math.nan, math.inf])
def test_the_last_item_of_a_long_list_is_compared_too(item):
    expected = [item] * 2500 + [7.0]
    assert compare([item] * 2500 + [7.0], expected, T64) == ()
    (diff,) = compare([item] * 2500 + [8.0], expected, T64)
    assert "2500" in diff.path
    pairs = [(n, n) for n in range(5000)]
    (diff,) = compare([*pairs[:-1], (4999, 0)], pairs, EXACT)
    assert diff.path == "[4999][1]"


@settings(max_examples=300, deadline=None)
@given(plain)
def test_every_value_equals_itself_exactly(value):
    assert compare(decode(encode(value)), value, EXACT) == ()


@settings(max_examples=200, deadline=None)
@given(plain, plain)
def test_any_two_values_can_be_compared_and_the_result_is_json(one, other):
    for diff in compare(one, other, T64):
        json.dumps(to_json(diff), allow_nan=False)
        text = sentence(diff, ("f",))
        assert text
        assert len(text) < 1500
        assert not set("\x00\x1b\u202e") & set(text)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ((1.0, 2.0), [1.0, 2.0]),
        (np.float64(2.0), 2.0),
        (2.0, np.float64(2.0)),
        (np.array(2.0), 2.0),
        (2, 2.0),
        (2, np.float64(2)),
        (np.int64(2), 2),
        (2, np.int32(2)),
        (True, np.True_),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (-0.0, 0.0),
        (np.float32(0.5), 0.5),
        (10**40, 10**40),
        (frozenset({1, 2}), frozenset({2, 1})),
        (Raised(("Mine", "ValueError", "Exception"), "x"), Raised(("ValueError", "Exception"), "y")),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_forms_of_one_value(got, expected):
    assert compare(got, expected, EXACT) == ()


@pytest.mark.parametrize(
    ("got", "expected", "kind"),
    [
        (None, 1.0, Failing.STRUCTURE),
        (1.0, None, Failing.STRUCTURE),
        ([1.0], 1.0, Failing.STRUCTURE),
        ([1.0, 2.0], np.array([1.0, 2.0]), Failing.STRUCTURE),
        (np.array([1.0, 2.0]), [1.0, 2.0], Failing.STRUCTURE),
        ("1", 1, Failing.STRUCTURE),
        (b"a", "a", Failing.STRUCTURE),
        ([1, 2], [1, 2, 3], Failing.STRUCTURE),
        ({"a": 1}, {"a": 1, "b": 2}, Failing.STRUCTURE),
        ({"a": 1, "b": 2}, {"a": 1}, Failing.STRUCTURE),
        ({"a": 1}, [1], Failing.STRUCTURE),
        (Opaque("object"), 1.0, Failing.STRUCTURE),
        (Opaque("object"), Opaque("object"), Failing.STRUCTURE),
        (1.0, Raised(("ValueError",)), Failing.STRUCTURE),
        (Raised(("TypeError", "Exception")), Raised(("ValueError", "Exception")), Failing.ERROR),
        (Raised(("ValueError",)), 1.0, Failing.ERROR),
        (np.ones(3), np.ones((3, 1)), Failing.SHAPE),
        (np.ones((1,)), 1.0, Failing.SHAPE),
        (1.0, np.ones((1,)), Failing.SHAPE),
        (np.ones((2, 3)), np.ones((3, 2)), Failing.SHAPE),
        (np.zeros((0, 3)), np.zeros((3, 0)), Failing.SHAPE),
        (np.ones(3, "f4"), np.ones(3), Failing.DTYPE),
        (np.ones(3, "i8"), np.ones(3), Failing.DTYPE),
        (np.ones(3, "i4"), np.ones(3, "i8"), Failing.DTYPE),
        (np.ones(3, "?"), np.ones(3, "i8"), Failing.DTYPE),
        (np.float32(1), np.float64(1), Failing.DTYPE),
        (1.0, 1, Failing.DTYPE),
        (True, 1, Failing.DTYPE),
        (1, True, Failing.DTYPE),
        (1.0, 2.0, Failing.VALUE),
        ("a", "b", Failing.VALUE),
        (b"a", b"b", Failing.VALUE),
        (frozenset({1}), frozenset({2}), Failing.VALUE),
        (True, False, Failing.VALUE),
        (10**40, 10**40 + 1, Failing.VALUE),
        (2**63 - 1, 2**63, Failing.VALUE),
        (1e300, 10**400, Failing.DTYPE),
    ],
)
def test_forms_that_are_not_one_value(got, expected, kind):
    assert kinds(got, expected) == [kind]


def test_a_dtype_may_be_left_open():
    assert compare(np.ones(3, "f4"), np.ones(3), T64, dtype="any") == ()
    assert compare(np.ones(3, "i8"), np.ones(3), T64, dtype="any") == ()
    assert kinds(np.array([2**63], "u8"), np.array([2**63 - 1], "i8"), dtype="any") == [Failing.VALUE]
    assert kinds(10**400, 1.0, dtype="any") == [Failing.VALUE]
    assert kinds(np.ones((3, 1)), np.ones(3), dtype="any") == [Failing.SHAPE]


# Tolerance


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(np.float64, shapes, elements=finite),
    st.sampled_from([T64, T64n, T32, T16, TB16, EXACT, Tolerance(0.0, 0.5)]),
    st.data(),
)
def test_the_limit_is_scaled_by_the_largest_expected_magnitude(expected, tolerance, data):
    assume(expected.size)
    limit = tolerance.atol + tolerance.rtol * np.abs(expected).max()
    at = data.draw(st.integers(0, expected.size - 1))
    inside, outside = expected.copy(), expected.copy()
    inside.flat[at] += 0.99 * limit
    outside.flat[at] += 1.01 * limit + 1e-9
    assert compare(inside, expected, tolerance) == () or np.abs(inside - expected).max() > limit
    diff = only(outside, expected, tolerance)
    assert diff.differing == 1
    assert diff.worst_index == diff.first_index == tuple(np.unravel_index(at, expected.shape))
    assert diff.limit == pytest.approx(limit)


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(np.float64, shapes, elements=st.floats(allow_nan=True, allow_infinity=True)),
    st.data(),
    st.sampled_from([T64, T32, EXACT]),
)
def test_it_agrees_with_numpy_testing(expected, data, tolerance):
    got = expected.copy()
    for _ in range(data.draw(st.integers(0, 3))):
        if got.size:
            at = data.draw(st.integers(0, got.size - 1))
            got.flat[at] = data.draw(
                st.one_of(st.floats(), st.just(np.nextafter(got.flat[at], 0) * (1 - 1e-10)))
            )
    inside = expected[np.isfinite(expected)]
    limit = tolerance.atol + tolerance.rtol * (np.abs(inside).max() if inside.size else 0.0)
    try:
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(got, expected, rtol=0, atol=limit, equal_nan=True, strict=True)
        agree = True
    except AssertionError:
        agree = False
    assert (compare(got, expected, tolerance) == ()) == agree


def test_a_large_row_never_hides_errors_in_another_array_of_the_list():
    big, small = np.array([1e6, 2e6]), np.array([1e-3, 2e-3])
    wrong = small + 1e-5
    diff = only([big, wrong], [big, small])
    assert diff.path == "[1]"
    assert only([1e6, 0.2001], [1e6, 0.2]).path == "[1]"


def test_an_infinite_tolerance_accepts_every_finite_number_and_nothing_else():
    anything_goes = Tolerance(math.inf, math.inf)
    assert compare(np.array([5.0, 6.0]), np.array([0.0, 1.0]), anything_goes) == ()
    diff = only(np.array([np.nan, 6.0]), np.array([0.0, 1.0]), anything_goes)
    assert diff.kind is Failing.VALUE
    assert diff.limit is None


def test_low_precision_is_compared_in_high_precision():
    half = np.array([60000.0, -60000.0], "f2")
    assert only(-half, half, T16).differing == 2
    bits = np.array([0x3F80, 0x4000], "u2")
    assert compare(Bf16(bits), Bf16(bits.copy()), TB16) == ()
    assert only(Bf16(bits[::-1]), Bf16(bits), TB16).differing == 2
    assert kinds(np.array([1.0, 2.0], "f4"), Bf16(bits), TB16) == [Failing.DTYPE]
    assert compare(np.array([1.0, 2.0], "f4"), Bf16(bits), TB16, dtype="any") == ()


def test_integers_are_exact_whatever_the_tolerance():
    assert only(np.array([100, 201]), np.array([100, 200]), TB16).worst_index == (1,)
    big = np.array([2**62], "i8")
    assert kinds(big + 1, big, TB16) == [Failing.VALUE]
    smallest = np.array([-(2**63)], "i8")
    assert kinds(-smallest - 1, smallest) == [Failing.VALUE]


# nan and infinity


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_equals_only_itself_in_its_place(bad):
    expected = np.array([1.0, bad, 3.0])
    assert compare(expected.copy(), expected, T64) == ()
    assert only(np.array([1.0, 2.0, 3.0]), expected).first_index == (1,)
    assert only(np.array([bad, bad, 3.0]), expected).first_index == (0,)
    for other in {np.nan, np.inf, -np.inf} - {bad}:
        if not (np.isnan(other) and np.isnan(bad)):
            assert kinds(np.array([1.0, other, 3.0]), expected) == [Failing.VALUE]


def test_nan_is_never_right_where_a_number_is_expected():
    diff = only(np.array([np.nan, 1.0, np.nan]), np.array([0.0, 1.0, 2.0]), Tolerance(1e9, 1e9))
    assert (diff.differing, diff.worst_got) == (2, "nan")
    assert kinds(math.nan, 1.0) == [Failing.VALUE]
    assert compare(math.nan, math.nan, T64) == ()


def test_the_scale_is_the_largest_finite_magnitude():
    expected = np.array([np.inf, 1.0])
    assert kinds(np.array([np.inf, 1.0 + 1e-6]), expected) == [Failing.VALUE]
    assert compare(np.array([np.inf, 1.0 + 1e-10]), expected, T64) == ()


def test_complex_numbers_match_in_both_parts():
    expected = np.array([complex(np.nan, 1.0), 1 + 2j])
    assert compare(expected.copy(), expected, T64) == ()
    assert kinds(np.array([complex(1.0, np.nan), 1 + 2j]), expected) == [Failing.VALUE]
    assert kinds(np.array([complex(np.nan, 1.0), 1 - 2j]), expected) == [Failing.VALUE]


def test_huge_numbers_do_not_overflow_into_agreement():
    assert kinds(np.array([1e236]), np.array([1e-100])) == [Failing.VALUE]
    assert kinds(np.array([1e300, 1e300]), np.array([5e-324, 0.0])) == [Failing.VALUE]
    assert kinds(np.array([-1.7e308]), np.array([1.7e308])) == [Failing.VALUE]


# Where and how


def test_the_first_and_the_worst_place():
    got = A.copy()
    got[1, 2] += 1e-3
    got[3, 0] += 5.0
    diff = only(got, A)
    assert (diff.differing, diff.total) == (2, 12)
    assert (diff.first_index, diff.worst_index) == ((1, 2), (3, 0))
    assert diff.worst_got == got[3, 0]
    assert diff.worst_expected == A[3, 0]


def test_paths_into_the_structure():
    expected = {"loss": 1.0, "grads": [A, {"b": A[0]}]}
    got = {"loss": 1.0, "grads": (A, {"b": A[0] + 1})}
    diff = only(got, expected, kind=Failing.GRADIENT)
    assert (diff.path, diff.kind) == ("['grads'][1]['b']", Failing.GRADIENT)


def test_the_wrong_numbers_of_a_list_are_one_difference():
    expected = [1.0, 2.0, 3.0, 4.0]
    diff = only([1.0, 2.5, 3.0, 9.0], expected)
    assert (diff.path, diff.differing, diff.total, diff.first_index, diff.worst_index) == (
        "",
        2,
        4,
        (1,),
        (3,),
    )
    assert only([1.0, 2.5, 3.0, 4.0], expected).path == "[1]"


LONG = [float(n) for n in range(50_000)]


@pytest.mark.parametrize(
    "expected", [LONG, list(range(50_000)), [str(n) for n in range(50_000)], [math.nan, math.inf] * 1000]
)
def test_a_long_list_is_compared_in_no_time(expected):
    start = time.thread_time()
    assert compare(list(expected), expected, T64) == ()
    wrong = [*expected[:-3], *([expected[0]] * 3)]
    diffs = compare(wrong, expected, T64)
    assert time.thread_time() - start < 1
    assert sum(diff.differing for diff in diffs) == 3 - (expected[0] != expected[0])


def test_a_long_list_that_is_all_wrong_is_counted():
    start = time.thread_time()
    diff = only([n + 1 for n in LONG], LONG)
    assert (diff.differing, diff.total, diff.first_index) == (50_000, 50_000, (0,))
    assert time.thread_time() - start < 2


def test_keys_and_members_that_python_itself_cannot_write():
    huge = 1 << 30_000
    for one, other in (
        ({huge: 1}, {}),
        ({}, {huge: 1}),
        (frozenset({huge}), frozenset()),
        ({(huge,): 1}, {(huge,): 2}),
    ):
        assert "an integer of 30001 bits" in told(one, other)
        assert noun(one)
        preview(one)
    assert told(huge, huge + 1).startswith("`f` returned an integer of 30001 bits")


def test_no_more_differences_than_anyone_reads():
    assert len(compare([A + 1] * 100, [A] * 100, T64)) == 32


# Sentences


@pytest.mark.parametrize(
    ("got", "expected", "text"),
    [
        (None, A, "`f` returned nothing. Is a `return` missing?"),
        ([A, None], [A, A], "`f` returned None for value [1], expected an array of shape (4, 3). Was it never set?"),
        (A[0], A, "`f` returned shape (3,), expected (4, 3). Axis 0, of length 4, is gone: was it summed away?"),
        (A.T, A, "`f` returned shape (3, 4), expected (4, 3). It is transposed."),
        (A[:, :1].ravel(), A[:, :1], "`f` returned shape (4,), expected (4, 1). An axis of length 1 is missing: "
         "keepdims=True keeps it, [:, None] adds one."),
        (A[:, :1], A[:, 0], "`f` returned shape (4, 1), expected (4,). There is an axis of length 1 too many."),
        (np.ones((4, 4)), np.ones((4, 1)), "`f` returned shape (4, 4), expected (4, 1). Shapes (4, 1) and (4,) "
         "broadcast to (4, 4): give both one shape."),
        (A, 1.0, "`f` returned shape (4, 3), expected (). One number is asked for: is a sum or a mean missing?"),
        (1.0, A, "`f` returned shape (), expected (4, 3). One number came back: was it summed, or averaged, over every axis?"),
        (1.0, A[:1, :1], "keepdims=True keeps axes."),
        (A[:1, :1], 1.0, "One number is asked for, not an array that holds one"),
        (A * (1 + 3e-6), A, "`f`: 12 of 12 numbers differ"),
        (A[:, :2], A, "`f` returned shape (4, 2), expected (4, 3)."),
        (np.ones((1, 3)), np.ones((4, 3)), "`f` returned shape (1, 3), expected (4, 3). Axis 0, of length 4, was "
         "summed up to length 1."),
        (np.ones((2, 3, 4)), np.ones((2, 4)), "`f` returned shape (2, 3, 4), expected (2, 4). Axis 1 should have been "
         "summed over, or is one too many."),
        (np.ones((2, 3, 4)), np.ones((3, 2, 4)), "`f` returned shape (2, 3, 4), expected (3, 2, 4). The axes are in "
         "another order."),
        (np.ones((2, 6)), np.ones((3, 4)), "`f` returned shape (2, 6), expected (3, 4). The number of entries is "
         "right, their arrangement is not."),
        (A.astype("f4"), A, "`f` returned dtype float32, expected float64. Digits were lost: somewhere the numbers "
         "are rounded to a smaller dtype."),
        (A, A.astype("f4"), "`f` returned dtype float64, expected float32. Keep the dtype of the input: arrays made "
         "without a dtype are float64."),
        (A.astype(int), A, "`f` returned dtype int64, expected float64. Whole numbers cut off every fraction: is an "
         "array made with an integer dtype?"),
        (A > 0, A, "`f` returned dtype bool, expected float64. A comparison gives True and False; numbers are asked "
         "for."),
        (A * 2, A, "Every number is twice the expected one."),
        (A / 4, A, "Every number is 1/4 of the expected one. 4 is the length of axis 0."),
        (A * 3, A, "Every number is 3 times the expected one. 3 is the length of axis 1."),
        (A / 12, A, "1/12 of the expected one. 12 is the number of all entries."),
        (A * -2, A, "Every number is twice the expected one, with the sign flipped."),
        (A * 0.37, A, "Every number is 0.37 times the expected one."),
        (-A, A, "Every sign is flipped."),
        (A * 0, A, "All your numbers are 0."),
        (A + 1, A, "Every number is off by the same 1."),
        (A[::-1], A, "The order along axis 0 is reversed."),
        (A[[1, 0, 3, 2]], A, "The numbers are right, but in another order."),
        (A[:3].T, A[:3], "It is transposed."),
        (A * (1 + 1e-7 * RNG.standard_normal(A.shape)), A, "It is close: is something rounded on the way"),
        (np.where(A > 0, A, np.nan), A, "nan is what 0/0, 0 times inf"),
        (np.where(A > 0, A, np.inf), A, "inf is what a division by 0"),
        (np.where(A > 0, A, -np.inf), A, "-inf is what the log of 0 gives."),
        (0.25, 1.0, "`f` returned 0.25, expected 1 (tolerance 1e-09). It is 1/4 of the expected one."),
        (-1.5, 1.5, "`f` returned -1.5, expected 1.5 (tolerance 2e-09). The sign is flipped."),
        (0.61, 0.24, "`f` returned 0.61, expected 0.24 (tolerance 2e-10)."),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "`f` returned a list of 2 items, expected a list of 3 items."),
        ((A,), A, "`f` returned a tuple of 1 item, expected an array of shape (4, 3). Is there a comma too many"),
        ([1.0, 2.0], np.array([1.0, 2.0]), "`f` returned a list of 2 items, expected an array of shape (2,). Make it"),
        (A, (A, A), "`f` returned an array of shape (4, 3), expected a tuple of 2 items. Return 2 values:"),
        ((A, A), A, "`f` returned a tuple of 2 items, expected an array of shape (4, 3). Return only the one value."),
        (Opaque("list_iterator"), A, "`f` returned a `list_iterator`, expected an array of shape (4, 3). It has not "
         "been computed yet: wrap it in list(...)."),
        (Opaque("ellipsis"), A, "Is this still the `...` of the starter?"),
        (Opaque("function"), A, "Are the parentheses of a call missing?"),
        (Opaque("ndarray", "its items have the dtype object"), A, "Its rows may have different lengths."),
        ({"dW": A}, {"dW": A, "db": A}, "expected a dict with the keys 'dW', 'db'. Missing: 'db'."),
        ({"dW": A, "x": 1}, {"dW": A}, "Not asked for: 'x'."),
        (Raised(("KeyError", "Exception"), "'b'"), A, "`f` raised KeyError: 'b'."),
        ((3,), Raised(("ValueError",)), "`f` returned a tuple of 1 item, expected ValueError to be raised."),
        (Raised(("E",), "It broke. "), 1.0, "`f` raised E: It broke."),
        (3, Raised(("ValueError",)), "`f` returned a whole number, expected ValueError to be raised."),
        (Raised(("KeyError",)), Raised(("ValueError",)), "`f` raised KeyError, expected ValueError."),
        ("Cat", "cat", "`f` returned 'Cat', expected 'cat'. Only upper and lower case differ."),
        ("cat\n", "cat", "Only the spaces or line ends around it differ."),
        ("tac", "cat", "It is reversed."),
        (3.0, 3, "`f` returned dtype float, expected int."),
    ],
)  # fmt: skip
def test_what_is_said(got, expected, text):
    sentence = told(got, expected)
    assert text in sentence
    assert "!" not in sentence


def test_the_sentence_of_wrong_numbers():
    got = A.copy()
    got[1, 2], got[3, 1] = got[1, 2] + 0.001, 0.61
    assert told(got, A) == (
        f"`f`: 2 of 12 numbers differ; the worst is [3, 1]: yours 0.61, expected {A[3, 1]:.3g} (tolerance 1e-09)."
    )
    one = A.copy()
    one[0, 1] += 1
    assert "`f`: 1 of 12 numbers differs, at [0, 1]: yours " in told(one, A)
    text = told([A, one], [A, A], functions=("fwd", "bwd"), kind=Failing.GRADIENT)
    assert text.startswith("`fwd` and `bwd`: 1 of 12 numbers of value [1] differs, at [0, 1]:")


def test_two_numbers_that_look_alike_get_more_digits():
    assert "yours 1.000001, expected 1 " in told(
        np.array([1.000001, 5.0]), np.array([1.0, 5.0]), functions=("f",)
    )


def test_a_text_of_the_learner_cannot_act():
    text = told(Raised(("E",), "\x1b[31m\u202eok\nsecond line"), 1.0)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n" not in text
    assert "\\x00" in told("\x00", "a")


def test_no_hint_from_coincidence():
    assert told(0.5, 0.2).endswith("(tolerance 2e-10).")
    assert told(np.array([1.0, 2.5]), np.array([1.0, 2.0])).endswith("(tolerance 2e-09).")


@settings(max_examples=150, deadline=None)
@given(plain)
def test_everything_has_a_name(value):
    assert noun(value)


@settings(max_examples=300)
@given(
    expected=hnp.arrays(
        st.sampled_from([np.float64, np.int64, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4),
    ),
    tolerance=st.sampled_from([T64, EXACT, T16, Tolerance(math.inf, math.inf)]),
    data=st.data(),
)
def test_the_short_way_to_right_says_right_only_where_the_long_one_does(expected, tolerance, data):
    got = np.array(expected)
    if got.size and got.dtype == np.float64:
        factor = data.draw(st.sampled_from([0.0, 0.99, 1.0, 1.01, math.inf, math.nan]))
        place = data.draw(st.integers(0, got.size - 1))
        with np.errstate(all="ignore"):
            scale = float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
            got.reshape(-1)[place] += factor * (tolerance.atol + tolerance.rtol * scale)
    long = _Comparison(tolerance, any_dtype=False, kind=Failing.VALUE)
    long.plainly_right = lambda *_: False  # type: ignore[method-assign]
    long.compare(got, expected, "result")
    short = _Comparison(tolerance, any_dtype=False, kind=Failing.VALUE)
    short.compare(got, expected, "result")
    assert short.found == long.found
