"""ZG-CANARY-7f3a91c2 must never be found in a learner's box."""


def double(x):
    return x + x
