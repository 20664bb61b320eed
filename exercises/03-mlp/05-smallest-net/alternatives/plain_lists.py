"""Everything written out as lists, bends placed a quarter early for symmetry."""


def _unit(low, high, inputs, start):
    w = 1 / (high - low)
    return w, -w * low * inputs - start


def _pack(inputs, units, heights, offset):
    return {
        "W1": [[w for w, _ in units] for _ in range(inputs)],
        "b1": [b for _, b in units],
        "w2": heights,
        "b2": offset,
    }


def xor_weights(low, high):
    units = [_unit(low, high, 2, start) for start in (0.25, 1.0)]
    return _pack(2, units, [1.2, -2.1], 0.05)


def parity3_weights(low, high):
    units = [_unit(low, high, 3, start) for start in (0.1, 1.0, 2.0)]
    return _pack(3, units, [1.0, -2.0, 2.0], 0.05)
