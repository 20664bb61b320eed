"""Given: the graph and the walk along it. The operations are yours."""


class Graph:
    """A number that remembers its parents; subclasses supply the operations."""

    def __init__(self, data, parents=()):
        self.data = float(data)
        self.grad = 0.0
        self.parents = tuple(parents)
        self.push = lambda: None

    def backward(self):
        """Set own grad to 1, then push along the graph, latest object first."""
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            node, parents_done = waiting.pop()
            if parents_done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                waiting.append((node, True))
                waiting.extend((parent, False) for parent in node.parents)
        self.grad = 1.0
        for node in reversed(order):
            node.push()
