"""task: 1

You return x itself. The answer is a slope: the product of what each df says along the way.
"""


def compose_grad(fs, x):
    return x
