"""task: 2

You push from the leaves up, when they have not received anything yet. The root holds the first
1: walk the order from its end.
"""


def in_order(root):
    order, seen, waiting = [], set(), [(root, False)]
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
    for node in in_order(root):
        node.push()
