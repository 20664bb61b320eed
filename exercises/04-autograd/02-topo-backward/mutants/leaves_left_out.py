"""task: 1

Your list leaves out the leaves, the objects without parents. They belong to the graph too.
"""


def in_order(root):
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            if node.parents:
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
