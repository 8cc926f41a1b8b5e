"""Contacts at the Pico's pins: what reads closed, with and without a contact there."""

import pytest

from ports.rp2.inputs import Contact


@pytest.mark.parametrize(("is_break", "closed_to_ground", "is_closed"), [
    (False, True, True), (False, False, False), (True, True, False), (True, False, True)])
def test_a_break_contact_that_is_not_there_reads_closed_and_another_one_open(
        is_break, closed_to_ground, is_closed):
    contact = Contact(lambda: 0 if closed_to_ground else 1, is_break)
    assert contact.is_closed() is is_closed
