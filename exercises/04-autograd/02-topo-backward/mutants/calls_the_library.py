"""task: static

This lets a library walk the graph. The point here is to find the order yourself.
"""

import networkx


def in_order(root):
    graph, waiting = networkx.DiGraph(), [root]
    while waiting:
        node = waiting.pop()
        graph.add_edges_from((parent, node) for parent in node.parents)
        waiting.extend(node.parents)
    return list(networkx.topological_sort(graph))


def backward(root):
    root.grad = 1.0
    for node in reversed(in_order(root)):
        node.push()
