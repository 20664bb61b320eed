"""Kahn's way: count how often each object is used, and release it when all its users have been seen."""

from collections import deque


def users_of(root):
    counts, found, waiting = {id(root): 0}, [root], [root]
    while waiting:
        for parent in waiting.pop().parents:
            if id(parent) not in counts:
                counts[id(parent)] = 0
                found.append(parent)
                waiting.append(parent)
            counts[id(parent)] += 1
    return counts


def in_order(root):
    open_users = users_of(root)
    latest_first, free = [], deque([root])
    while free:
        node = free.popleft()
        latest_first.append(node)
        for parent in node.parents:
            open_users[id(parent)] -= 1
            if open_users[id(parent)] == 0:
                free.append(parent)
    return latest_first[::-1]


def backward(root):
    root.grad = 1.0
    order = in_order(root)
    while order:
        order.pop().push()
