"""Returns an object that equals everything and pickles into a command.

Must: failed
"""

import os


class Liar:
    def __eq__(self, other):
        return True

    def __reduce__(self):
        return os.system, ("touch /tmp/pwned",)

    __array_priority__ = 1e9
    shape = (3,)
    dtype = "float64"

    def __array__(self, *_, **__):
        raise SystemExit

    def __len__(self):
        return 3


def double(x):
    return Liar()
