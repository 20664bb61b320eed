"""A library folder gets its name only when everything that its boxes preload can be imported from it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.grading.author import smallest
from grader.sandbox import libraries
from grader.sandbox.box import AUTHORS, BoxError, Profile
from grader.sandbox.owners import mine


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


def test_a_profile_that_holds_two_others_is_linked_from_them_and_fetched_by_nobody(monkeypatch, tmp_path):
    fetched(monkeypatch, dict.fromkeys(("numpy", "torch"), ""))
    assert libraries.to_fetch_mb(Profile.AUTHOR_TORCH, tmp_path) == 110 + 260
    torch = libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
    assert libraries.to_fetch_mb(Profile.AUTHOR_TORCH, tmp_path) == 110
    fetched(monkeypatch, dict.fromkeys(("numpy", "scipy", "sklearn"), ""))
    libraries.ensure(Profile.AUTHOR, tmp_path, lambda line: None)
    monkeypatch.setattr(libraries, "_pip", lambda *_: pytest.fail("pip was asked"))
    both = libraries.ensure(Profile.AUTHOR_TORCH, tmp_path, lambda line: None)
    assert (both / "torch.py").samefile(torch / "torch.py")
    assert libraries.to_fetch_mb(Profile.AUTHOR_TORCH, tmp_path) == 0


def test_the_shipped_lists_of_the_authors_profiles_fit_together():
    assert libraries.parts(Profile.AUTHOR_TORCH) == (Profile.AUTHOR, Profile.TORCH)


def test_what_is_lacking_is_said_with_its_size(monkeypatch, tmp_path):
    assert libraries.lacking(Profile.TORCH, tmp_path) == "PyTorch (about 260 MB) is not here yet."

    def pip(target, pinned):
        assert libraries.lacking(Profile.TORCH, tmp_path) == "PyTorch (about 260 MB) is being fetched."
        raise BoxError("pip could not fetch the libraries: ERROR: no route to anywhere")

    monkeypatch.setattr(libraries, "_pip", pip)
    with pytest.raises(BoxError, match="no route"):
        libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
    told = libraries.lacking(Profile.TORCH, tmp_path)
    assert told == (
        "We could not fetch PyTorch on this machine. "
        "Pip could not fetch the libraries: ERROR: no route to anywhere"
    )
    fetched(monkeypatch, dict.fromkeys(("numpy", "torch"), ""))
    libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
    assert libraries.lacking(Profile.TORCH, tmp_path) == ""
    assert not list((tmp_path / "libraries").glob("*.failed"))


def wheel(folder: Path, name: str, version: str, source: str) -> None:
    """A wheel as pip finds it in a folder, with one module."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{plain}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{plain}/__init__.py", source)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")


def test_where_pip_finds_only_a_cuda_wheel_the_page_says_what_to_do(monkeypatch, tmp_path):
    """The real pip, a folder of wheels as its only source, and among them a torch that was built for CUDA."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name, version in libraries.versions(Profile.TORCH).items():
        if name not in ("python", "torch"):
            wheel(wheels, name, version, "")
    missing = "raise OSError('libcudart.so.13: cannot open shared object file')"
    wheel(wheels, "torch", f"{libraries.versions(Profile.TORCH)['torch']}+cu130", missing)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for _ in range(2):  # the second time nothing is fetched
        with pytest.raises(BoxError, match="cannot be imported: OSError: libcudart"):
            libraries.ensure(Profile.TORCH, tmp_path, lambda line: None)
        monkeypatch.setattr(libraries, "_pip", lambda *_: pytest.fail("fetched again"))
    for profile in (Profile.TORCH, Profile.AUTHOR_TORCH):
        told = libraries.lacking(profile, tmp_path)
        assert told.startswith("We could not fetch PyTorch on this machine.")
        operations = (libraries.ROOT / "docs" / "operations.md").read_text()
        for words in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "CPU wheel"):
            assert words in told
            assert words in operations


def test_what_a_killed_process_was_building_is_neither_awaited_nor_kept(monkeypatch, tmp_path):
    fetched(monkeypatch, {"numpy": "", "matplotlib": ""})
    folder = libraries.folder(Profile.NUMPY, tmp_path)
    namespace = mine().partition("-")[0]
    left = folder.with_name(f".building-{folder.name}-{namespace}-4194304000-1-abcdefgh")
    left.mkdir(parents=True)
    assert libraries.lacking(Profile.NUMPY, tmp_path).endswith("is not here yet.")
    ours = folder.with_name(f".building-{folder.name}-{mine()}-abcdefgh")
    ours.mkdir()
    assert libraries.lacking(Profile.NUMPY, tmp_path).endswith("is being fetched.")
    libraries.ensure(Profile.NUMPY, tmp_path, lambda line: None)
    assert not left.exists()
    assert ours.exists()
