"""Whatever comes up from the link, the next good session works; see fuzz_apdus.py."""

from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.dlms import fuzz_apdus
from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import get, reader

_RIG = []


def test_ten_thousand_bad_apdus_raise_nothing_and_leave_a_server_that_works():
    """`make fuzz-apdus` does the same with millions."""
    found = fuzz_apdus.run(10_000, seed=382)
    assert {"61", "c4", "c5", "c7", "d8"} <= set(found)


@given(
    st.binary(min_size=1, max_size=64),
    st.sampled_from([b"", b"\xc0\x01", b"\xc1", b"\xc3", b"\x60"]),
)
@settings(max_examples=400, deadline=None, print_blob=True)
def test_any_bytes_have_one_answer_and_do_nothing(data, head):
    if not _RIG:
        _RIG.append(Rig())
    rig = reader(_RIG[0])
    before_s = rig.meter.clock.now_s()
    answer = rig.send(head + data)
    assert fuzz_apdus._is_good(answer)
    assert reader(rig).send(get(8, "0.0.1.0.0.255", 2))[:4] == bytes.fromhex("C401C100")
    assert rig.meter.clock.now_s() == before_s
