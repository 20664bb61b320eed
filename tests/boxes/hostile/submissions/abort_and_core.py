"""Aborts; no core may be written.

Must: crashed
"""

import os

os.abort()
