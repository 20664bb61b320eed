"""task: 1, 2

What you have seen is kept from one walk to the next, so a second walk finds nothing to do.
Start every walk with an empty set.
"""

seen = set()


def in_order(root):
    order, waiting = [], [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    return order


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
