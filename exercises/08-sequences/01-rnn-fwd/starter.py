import numpy as np


def rnn(x, h0, Wx, Wh, b):
    """A recurrent network with tanh.

    x: [N, T, D].  h0: [N, H].  Wx: [D, H].  Wh: [H, H].  b: [H].
    Returns the states after each step, [N, T, H].
    """
    ...
