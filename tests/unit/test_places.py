"""Parts of an answer have the names that a learner knows, not `result[10][1]`."""

import pytest

from grader.exercise import trees
from grader.exercise.places import of_ask, returned
from grader.feedback.differences import said

REFERENCE = """
def xent(logits, y):
    def inner():
        return 1
    loss = 0.0
    if y is None:
        return loss, logits
    return float(loss), dlogits.copy()

def fit(X):
    return w, b

def plain(x):
    return x * 2
"""


@pytest.fixture(autouse=True)
def as_in_the_reading_process(monkeypatch):
    monkeypatch.setattr(trees, "inside", True)


@pytest.mark.parametrize(
    ("ask", "path", "text"),
    [
        ("return answer.fit(*inputs.values())", "[1]", " `b`"),
        ("return answer.fit(*inputs.values())", "", ""),
        ("return [answer.fit(*case.values()) for case in inputs['cases']]", "[10][1]", " `b`, case [10]"),
        ("return [answer.fit(*case.values()) for case in inputs['cases']]", "[10]", " case [10]"),
        ("return [answer.fit(*c.values())[1] for c in inputs['cases']]", "[3]", " `b`, case [3]"),
        ("return answer.fit(inputs['X'])[0]", "", " `w`"),
        ("return answer.fit(inputs['X'])[0]", "['W1']", " `w['W1']`"),
        ("return answer.plain(inputs['x'])", "['dW']", " `dW`"),
        ("return answer.plain(inputs['x'])", "[2][1]", " value [2][1]"),
        ("y = answer.plain(inputs['x'])\n    return [y.data, inputs['x'].grad]", "[0]", " `y.data`"),
        ("out = []\n    for c in inputs['cases']:\n        out.append(answer.fit(c))\n    return out",
         "[2][0]", " `w`, case [2]"),
        ("return run(answer, inputs)", "[1][4]", " `grads[4]`"),
        ("return [run(answer.fit, case) for case in inputs['cases']]", "[7][0]", " `loss`, case [7]"),
        ("return through(answer.fit, inputs)", "[1]", " `b`"),
        ("return attempt(answer.fit, inputs['x'])", "[0]", " `w`"),
        ("return inputs['x'] and [*answer.fit(1)]", "[0]", " value [0]"),
        ("return loop(answer)", "[0]", " value [0]"),
    ],
)  # fmt: skip
def test_the_names_of_parts(ask, path, text):
    helpers = (
        "def run(answer, case):\n    loss, grads = 1, 2\n    return loss, grads\n"
        "def through(function, case):\n    return function(case)\n"
        "def loop(answer):\n    return loop(answer)\n"
    )
    source = f"{helpers}def ask(answer, inputs):\n    {ask}\n"
    assert said(path, of_ask(source, returned(REFERENCE))) == text


def test_returns_that_disagree_name_nothing():
    found = returned(REFERENCE)
    assert found == {"fit": ("w", "b")}  # `xent` returns (loss, logits) here and (loss, dlogits) there
