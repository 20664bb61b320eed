"""Depth first with a stack of half-read parent iterators, the way recursion would do it."""


def in_order(root):
    order, seen = [], {id(root)}
    stack = [(root, iter(root.parents))]
    while stack:
        node, rest = stack[-1]
        for parent in rest:
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def backward(root):
    order = in_order(root)
    order[-1].grad = 1.0
    for position in range(len(order) - 1, -1, -1):
        order[position].push()
