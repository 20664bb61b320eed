"""Adds x to itself."""


def double(x):
    return x + x


def double_bwd(dout):
    return dout + dout
