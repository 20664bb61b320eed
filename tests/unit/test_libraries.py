"""A library folder gets its name only when everything that its boxes preload can be imported from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.grading.author import smallest
from grader.sandbox import libraries
from grader.sandbox.box import AUTHORS, BoxError, Profile


def fetched(monkeypatch: pytest.MonkeyPatch, packages: dict[str, str]) -> None:
    """Instead of pip: these modules and their source."""

    def pip(target: Path, pinned: Path) -> None:
        for name, source in packages.items():
            (target / f"{name}.py").write_text(source)

    monkeypatch.setattr(libraries, "_pip", pip)


def test_what_can_be_imported_is_kept(monkeypatch, tmp_path):
    fetched(monkeypatch, {"numpy": "", "matplotlib": ""})
    folder = libraries.ensure(Profile.NUMPY, tmp_path, lambda line: None)
    assert (folder / "numpy.py").is_file()
    assert libraries.has(Profile.NUMPY, tmp_path)


def test_what_cannot_be_imported_is_refused_and_leaves_only_the_reason(monkeypatch, tmp_path):
    fetched(monkeypatch, {"numpy": "", "torch": "raise ValueError('libcublasLt.so.*[0-9] not found')"})
    with pytest.raises(BoxError, match=r"cannot be imported: ValueError: libcublasLt.* choose a CPU wheel"):
        libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
    assert not libraries.has(Profile.TORCH, tmp_path)
    assert [path.suffix for path in (tmp_path / "libraries").iterdir()] == [".refused"]


def test_what_was_refused_is_not_fetched_again_until_somebody_says_so(monkeypatch, tmp_path):
    fetched(monkeypatch, {"numpy": "", "torch": "raise ValueError('no CUDA here')"})
    with pytest.raises(BoxError, match="no CUDA here"):
        libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
    fetched(monkeypatch, {"numpy": "", "torch": ""})
    with pytest.raises(BoxError, match=r"no CUDA here.* Delete torch-\w+\.refused in .* to fetch them again"):
        libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
    next((tmp_path / "libraries").glob("*.refused")).unlink()
    assert libraries.ensure(Profile.TORCH, tmp_path, lambda line: None).is_dir()


@pytest.mark.parametrize(
    ("own", "text", "expected"),
    [
        (Profile.NUMPY, "import numpy as np\n", Profile.NUMPY),
        (Profile.NUMPY, "def make(rng):\n    from scipy.special import erf\n", Profile.AUTHOR),
        (Profile.NUMPY, "import sklearn.datasets\nfrom scipy import special\n", Profile.AUTHOR),
        (Profile.NUMPY, "def truth(inputs):\n    import torch\n", Profile.AUTHOR_TORCH),
        (Profile.NUMPY, "# import torch\nname = 'import torchvision'\n", Profile.NUMPY),
        (Profile.TORCH, "import torch\n", Profile.TORCH),
        (Profile.TORCH, "from sklearn.datasets import load_digits\n", Profile.AUTHOR_TORCH),
        (Profile.GPU, "import torch\n", Profile.GPU),
    ],
)
def test_an_authors_box_has_what_authors_code_imports_and_no_more(own, text, expected):
    assert smallest(own, text) is expected


def test_no_learner_gets_what_comes_with_the_labels():
    for profile in set(Profile) - AUTHORS:
        assert not {"scipy", "scikit-learn"} & set(libraries.versions(profile))
    assert "torch" not in libraries.versions(Profile.AUTHOR)
