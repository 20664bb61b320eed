"""task: 1, 2

Your walk follows every path instead of visiting every object once. Objects come up twice, and
in a knotted graph the number of paths doubles at every step: remember which objects you have
seen.
"""


def in_order(root):
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        else:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    return order


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
