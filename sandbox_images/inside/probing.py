"""What an exercise's `ask` may import inside the box: `from probing import attempt, counted`.

An open probe keeps what it made, `keep(model=...)`, and the hidden probes after it ask that: `kept("model")`.

For an `nn.Module` of the learner there is one recipe: `filled` copies weights into it by their fixed names,
`backward` asks for its values and every gradient, `state` says what it holds, `round_trips` saves, loads and
copies it, `watched` counts what runs in it. Weights travel as plain data: a dictionary from the names of
`state_dict()` to numpy arrays. All of it runs in the learner's box, as the code that it asks: only the values
decide, outside, and a count may only veto.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
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


_kept: dict[str, Any] = {}


def keep(**objects: Any) -> None:
    """Leave objects in this box, under these names, for the probes that come after an open one."""
    _kept.update(objects)


def kept(name: str) -> Any:
    """What an open probe kept in this box. Raises LookupError where it kept nothing of that name."""
    if name not in _kept:
        raise LookupError(f"nothing is kept here as {name!r}")
    return _kept[name]


def filled(module: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """The same nn.Module, in the type of the first floating array, with the arrays as its parameters and
    buffers. Raises torch's RuntimeError, which names them, where names are missing or too many or a shape
    differs; a BatchNorm's count of batches may be left out."""
    torch = importlib.import_module("torch")
    tensors = {name: torch.tensor(np.asarray(array)) for name, array in arrays.items()}
    floating = next((tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()), None)
    module.to(floating)
    for name, held in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            tensors.setdefault(name, held)
    module.load_state_dict(tensors)
    return module


def state(module: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Every parameter and buffer of an nn.Module by its name, as copies that no later training changes."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()}


def backward(module: Any, *inputs: np.ndarray[Any, Any], message: np.ndarray[Any, Any]) -> list[Any]:
    """[what the module returns for the arrays, their gradients in a list, those of its parameters by name],
    for the given message at its output; None where something has no gradient. Old gradients are cleared."""
    torch = importlib.import_module("torch")
    leaves = [torch.tensor(array, requires_grad=array.dtype.kind == "f") for array in inputs]
    module.zero_grad(set_to_none=True)
    out = module(*leaves)
    out.backward(torch.tensor(message))
    named = {name: parameter.grad for name, parameter in module.named_parameters()}
    return [out, [leaf.grad for leaf in leaves], named]


def round_trips(module: Any, fresh: Any, *inputs: np.ndarray[Any, Any]) -> list[Any]:
    """What three modules return for the arrays: `fresh` after it has loaded the module's state, a deep copy
    of the module, and the module itself after every number of the other two was overwritten."""
    torch = importlib.import_module("torch")
    tensors = [torch.tensor(array) for array in inputs]
    fresh.to(next(module.parameters()).dtype).load_state_dict(module.state_dict())
    twin = copy.deepcopy(module)
    with torch.no_grad():
        found = [fresh.train(module.training)(*tensors), twin(*tensors)]
        for other in (fresh, twin):
            for tensor in other.state_dict().values():
                tensor.fill_(1)
        return [*found, module(*tensors)]


def watched(module: Any, *inputs: np.ndarray[Any, Any]) -> dict[str, int]:
    """How often each part of an nn.Module, by its name, runs when the module is called once; vetoes only."""
    torch = importlib.import_module("torch")
    counts = dict.fromkeys((name for name, _ in module.named_modules() if name), 0)

    def hook(name: str) -> Callable[..., None]:
        def ran(*_: Any) -> None:
            counts[name] += 1

        return ran

    hooks = [part.register_forward_hook(hook(name)) for name, part in module.named_modules() if name]
    try:
        module(*(torch.tensor(array) for array in inputs))
    finally:
        for each in hooks:
            each.remove()
    return counts
