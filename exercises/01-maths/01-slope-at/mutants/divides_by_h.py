"""task: 1

Your slopes come out twice as steep as they are. The two points x - h and x + h lie 2h apart, so the
rise between them is to be divided by 2h.
"""


def slope_at(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / h
