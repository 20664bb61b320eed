"""Many threads may read Python text at once; none is told that a fine text is broken."""

import threading
import weakref

from grader import trees

SOURCE = "def f(x):\n" + "".join(f"    y{n} = (x + {n}) * [a for a in range({n})][0]\n" for n in range(300))


class Litter:
    """Collected with Python code running, which is when another thread gets its turn in the middle."""


def test_a_text_is_read_in_many_threads_at_once() -> None:
    problems: list[BaseException] = []

    def read() -> None:
        for _ in range(15):
            try:
                assert len(trees.parse(SOURCE).body) == 1
            except SystemError as error:
                problems.append(error)

    def litter() -> None:
        for _ in range(50_000):
            piece = Litter()
            piece.itself = piece  # type: ignore[attr-defined]
            weakref.finalize(piece, int)

    threads = [threading.Thread(target=work) for work in (read, read, read, read, litter)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
