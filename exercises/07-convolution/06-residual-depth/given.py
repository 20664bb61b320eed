"""Drawn digits to train on."""

import numpy as np
import torch

_GLYPHS = """
.###. ..#.. .###. .###. ...#. ##### .###. ##### .###. .###.
#...# .##.. #...# #...# ..##. #.... #.... ....# #...# #...#
#...# ..#.. ....# ....# .#.#. ####. ####. ...#. #...# #...#
#...# ..#.. ...#. ..##. #..#. ....# #...# ..#.. .###. .####
#...# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....#
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ....#
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .###.
"""


def scribbles(count, seed=0):
    """Drawn digits with smudges -> images [count, 1, 8, 8] from 0 to about 1, names [count]."""
    rng = np.random.default_rng(seed)
    rows = [line.split() for line in _GLYPHS.split("\n") if line]
    glyphs = np.array([[[c == "#" for c in row[d]] for row in rows] for d in range(10)], dtype=float)
    names, images = rng.integers(0, 10, count), np.zeros((count, 1, 8, 8))
    for image, name in zip(images, names):
        down, right = rng.integers(0, 2), rng.integers(0, 4)
        image[0, down : down + 7, right : right + 5] = glyphs[name] * rng.uniform(0.6, 1)
    images += 0.2 * rng.normal(size=images.shape)
    return torch.tensor(images, dtype=torch.float32), torch.tensor(names)
