"""Reads address nought.

Must: crashed
"""

import ctypes

ctypes.string_at(0)
