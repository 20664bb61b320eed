import numpy as np


def the_name(x):  # FILL: the parameters, as in starter.py
    """FILL: what it does; learners read this as a note once they have passed"""
    return x  # FILL: your answer
