

def scale(x, factor):
    ...


def centre(x):
    ...


def solve(a, b):
    ...
