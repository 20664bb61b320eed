"""Something to look at: drawn digits to train on, and the filters of a network."""

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


def show_filters(model, image):
    """Draw the filters of model.conv1, and below each what it makes of the image [1, 8, 8]."""
    import matplotlib.pyplot as plt

    with torch.no_grad():
        maps = torch.relu(model.conv1(image[None]))[0]
    fig, axes = plt.subplots(2, len(maps), figsize=(1.5 * len(maps), 3))
    for column, (kernel, seen) in enumerate(zip(model.conv1.weight.detach(), maps)):
        axes[0, column].imshow(kernel[0], cmap="PuOr", vmin=-0.8, vmax=0.8)
        axes[1, column].imshow(seen, cmap="Greys")
    for ax in axes.flat:
        ax.set_xticks([])
        ax.set_yticks([])
    axes[0, 0].set_ylabel("filter")
    axes[1, 0].set_ylabel("sees")
