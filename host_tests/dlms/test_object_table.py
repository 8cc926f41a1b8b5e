"""The documented objects are those that there are."""

from pathlib import Path

from host_tests.dlms import object_table

PROTOCOLS = Path(__file__).parents[2] / "docs" / "protocols.md"


def test_the_object_table_of_the_docs_is_that_of_the_meter():
    _, _, rest = PROTOCOLS.read_text().partition(object_table.BEGIN + "\n")
    documented, _, _ = rest.partition(object_table.END)
    assert documented.strip().splitlines() == object_table.lines()
