import numpy as np


# Task 1
def sinusoidal(T, d):
    """d even -> [T, d], float64."""
    ...


# Task 2
def rope(x, pos, base=1e4):
    """x: [..., T, d], d even; pos: [T], whole numbers -> x with each pair of numbers turned."""
    ...
