"""Walks the whole file system over and over.

Must: timed_out
"""

import os

while True:
    for folder, _, files in os.walk("/"):
        for name in files:
            try:
                os.stat(os.path.join(folder, name + str(id(files))))
            except OSError:
                pass
