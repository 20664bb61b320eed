"""task: 1

Your list begins with the root. Each object has to stand after its parents, so the root comes
last.
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
    return order[::-1]


def backward(root):
    root.grad = 1.0
    for node in in_order(root):
        node.push()
