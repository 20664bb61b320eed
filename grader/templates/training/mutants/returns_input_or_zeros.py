"""task: 1

This changes nothing in the net and returns zeros. Each batch has to move the parameters.
"""


def the_name(net, X, y, batches, lr):
    return [0.0 for rows in batches]
