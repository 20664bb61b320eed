"""The docs list every hostile submission as its own file describes it: no box is needed to see that."""

from tests.boxes.hostile.submissions import TABLE, table


def test_the_table_in_the_docs_is_true() -> None:
    assert TABLE.read_text() == table()
