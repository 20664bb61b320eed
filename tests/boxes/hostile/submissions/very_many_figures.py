"""Draws a hundred figures of noise.

Must: passed, timed_out, too_much_output, out_of_memory, crashed
"""

import matplotlib.pyplot as plt
import numpy as np

for _ in range(100):
    plt.figure(figsize=(50, 50))
    plt.imshow(np.random.rand(2000, 2000))


def double(x):
    return x + x
