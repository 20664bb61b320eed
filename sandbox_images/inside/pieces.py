"""Earlier answers that a learner's code imports: each its own module of the package `mylib`.

A piece runs as source, before the learner's cells and in silence: what it prints and draws was shown when it
was handed in.
"""

from __future__ import annotations

import sys
import types

import cells  # type: ignore[import-not-found]

PACKAGE = "mylib"


def run(name: str, given: str, source: str) -> None:
    """Execute a piece as `mylib.<name>`, after what its own exercise gives. Raises what the piece raises."""
    package = sys.modules.get(PACKAGE)
    if package is None:
        package = types.ModuleType(PACKAGE, "Your earlier code.")
        package.__path__ = []
        sys.modules[PACKAGE] = package
    module = types.ModuleType(f"{PACKAGE}.{name}")
    module.__file__ = file = f"{name}.py"
    sys.modules[module.__name__] = module
    setattr(package, name, module)
    cells.files.add(file)
    if given:
        cells.run(cells.parts(given, f"<given of {name}>"), module.__dict__)
    cells.run(cells.parts(source, file), module.__dict__)


def close_figures() -> None:
    """Forget what a piece has drawn with matplotlib."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
