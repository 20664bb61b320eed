"""At each position, looks at the set of sizes other than 1: none, one, or too many."""


def broadcast_shape(a, b):
    def size(k):
        """The size of the result at position k, counted from the right."""
        found = {shape[-k] for shape in (a, b) if k <= len(shape)} - {1}
        if len(found) > 1:
            raise ValueError(f"{a} does not fit {b}")
        return found.pop() if found else 1

    return tuple(size(k) for k in range(max(len(a), len(b)), 0, -1))
