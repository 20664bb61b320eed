"""task: 1, 2

You square the number. Doubling and squaring agree
only at 0 and 2.
"""


def double(x):
    return x**2


def double_bwd(dout):
    return dout**2
