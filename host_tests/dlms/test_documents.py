"""The table of what is refused names tests: each of them is there."""

import re
from pathlib import Path

HOST_TESTS = Path(__file__).parents[1]
PROTOCOLS = HOST_TESTS.parent / "docs" / "protocols.md"


def test_every_test_that_the_document_names_is_there():
    named = set(re.findall(r"\b(test_\w+)\b(?!\.py)", PROTOCOLS.read_text()))
    text = "".join(path.read_text() for path in HOST_TESTS.rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", text))
    assert len(named) > 40
    assert named <= there
