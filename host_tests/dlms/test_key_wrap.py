"""A wrapped key comes out under the same master key only."""

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from hypothesis import given
from hypothesis import strategies as st

from host_tests.kernel.inputs import repeatable
from meter.views.dlms.key_wrap import unwrap
from ports.cpython.aes import Aes

KEYS = st.integers(2, 6).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n))
KEK = st.binary(min_size=16, max_size=16)


def test_the_vector_of_the_standard():
    """RFC 3394, 4.1: 128 bits of key under 128 bits."""
    kek = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")
    assert unwrap(Aes, kek, wrapped) == bytes.fromhex("00112233445566778899AABBCCDDEEFF")


@repeatable
@given(kek=KEK, key=KEYS)
def test_what_openssl_wraps_comes_out(kek, key):
    assert unwrap(Aes, kek, aes_key_wrap(kek, key)) == key


@repeatable
@given(kek=KEK, key=KEYS, bit=st.integers(0, 1000))
def test_one_changed_bit_is_refused(kek, key, bit):
    wrapped = bytearray(aes_key_wrap(kek, key))
    bit %= 8 * len(wrapped)
    wrapped[bit >> 3] ^= 1 << (bit & 7)
    assert unwrap(Aes, kek, bytes(wrapped)) is None


@pytest.mark.parametrize("length", [0, 8, 16, 23, 25, 31])
def test_what_cannot_be_a_wrapped_key_is_refused(length):
    assert unwrap(Aes, bytes(16), bytes(length)) is None
