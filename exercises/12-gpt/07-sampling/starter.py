import numpy as np


# Task 1
def probs(logits, temperature, top_k, top_p):
    """logits: [V]. -> [V] float64, what each token's chance is after temperature, top-k and top-p."""
    ...


# Task 2
def sample(logits, temperature, top_k, top_p, rng):
    """-> the number of one token, an int, drawn from rng with the probabilities of Task 1."""
    ...
