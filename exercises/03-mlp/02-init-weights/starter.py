import numpy as np


# Task 1
def kaiming(shape, rng, mode="fan_in"):
    """shape: (D, M) or (O, C, kh, kw); mode: "fan_in" or "fan_out" -> float64 array of that shape."""
    ...


# Task 2
def xavier(shape, rng):
    """shape: (D, M) or (O, C, kh, kw) -> float64 array of that shape."""
    ...
