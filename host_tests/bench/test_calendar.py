"""A run that outlasts the clock chip's century is refused by the name of what asked for it."""

import pytest

from meterctl.bench import options

LAST_S = 3_155_759_999


@pytest.mark.parametrize(
    ("state", "words"), [(None, "--start take"), ("kept", "--state kept: its clock is past 2099")]
)
def test_the_one_who_asked_is_named(state, words):
    options.check_calendar(LAST_S - 1, 1000, state)
    with pytest.raises(options.Refused) as refused:
        options.check_calendar(LAST_S + 1, 1000, state)
    assert words in refused.value.format_message()
