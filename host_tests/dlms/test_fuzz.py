"""Whatever comes over the line, the next good session works."""

import pytest

from host_tests.dlms import fuzz
from host_tests.dlms.peer import Answer


def test_twenty_thousand_bad_frames_raise_nothing_and_leave_a_link_that_works():
    """`make fuzz` does the same with ten million."""
    target = fuzz.run(20_000, seed=382)
    assert 5_000 < target.answered < 15_000


@pytest.mark.parametrize("octets", [b"", b"\x7e\x7e", bytes.fromhex("7EA007032193 0F017E7E")])
def test_what_the_campaign_checks_with_refuses_a_bad_answer(octets):
    with pytest.raises((ValueError, IndexError)):
        Answer(octets)
