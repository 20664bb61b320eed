"""task: 1, 2

You recognise objects by their number. Two different objects can hold the same number: compare
them by id(node).
"""


def in_order(root):
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif node.data not in seen:
            seen.add(node.data)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    return order


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
