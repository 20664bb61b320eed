"""What an exercise's `ask` may import inside the box: `from probing import attempt, counted`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wire import Raised  # type: ignore[import-not-found]


def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """What the function returns, or what it raised as a value that can be compared."""
    try:
        return function(*args, **kwargs)
    except Exception as error:  # noqa: BLE001  whatever it raised is the answer
        return Raised.of(error)


class counted:  # noqa: N801  reads like the function it wraps
    """A callable that counts its calls in `.calls`. Inside the box, so forgeable: for vetoes only."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)
