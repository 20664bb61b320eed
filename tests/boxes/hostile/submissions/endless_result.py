"""Returns an iterator without end, in a list subclass that iterates for ever.

Must: failed
"""


class Endless(list):
    def __iter__(self):
        while True:
            yield 1

    def __len__(self):
        return 10**18


def double(x):
    return Endless([1])
