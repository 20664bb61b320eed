"""The text that language models of the course learn from: `from corpus import text`.

It is the reference manual of Python as Python itself ships it for `help()` (the module `pydoc_data.topics`
of Python 3.11.2): its 79 topics in the order of their names, with an empty line between two. That makes
466,175 characters, of which 103 are distinct. The first 420,000 are in `corpus.txt`, for everybody. The rest
never enters a box: whoever asks a trained model keeps it with the questions. Copyright (c) 2001-2023 Python
Software Foundation, all rights reserved; distributed under the PSF licence, which is in `corpus-license.txt`.
The only change is the joining.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SHA256 = "7f68e67ff3046e82fa93a9e9ed80498d1fbaea0fcc35f0d13f8d3bce303e0a5c"
"""Of `corpus.txt`, in UTF-8: so that `inside_digest` covers the text, and nobody learns from another one."""


def text() -> str:
    """420,000 characters. Raises ValueError if the file is not the one that is meant."""
    raw = Path(__file__).with_name("corpus.txt").read_bytes()
    if hashlib.sha256(raw).hexdigest() != SHA256:
        raise ValueError("corpus.txt is not the text that corpus.py names: restore it from the repository.")
    return raw.decode("utf-8")
