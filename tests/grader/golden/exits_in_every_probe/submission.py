import os


def scale(x, factor):
    return x * factor


def centre(x):
    os._exit(1)


solve = centre
