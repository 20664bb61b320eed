"""Asks for eight gigabytes in one array.

Must: out_of_memory
"""

import numpy as np

data = np.ones(10**9)
