"""FILL: how this right answer differs from the reference, as in: letter by letter, with a dictionary"""


def the_name(text):
    return text  # FILL: a right answer that is built differently
