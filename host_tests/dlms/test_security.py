"""Who gets in, what is refused, and that a refusal leaves nothing open."""

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from host_tests.dlms.clients import MASTER
from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import (
    AK,
    EK,
    NOT_ASSOCIATED,
    TITLE,
    Manager,
    aarq,
    aarq_gmac,
    aarq_lls,
    general,
    get,
    glo,
    seal,
    token,
    unseal,
)
from meter import dlms
from meter.journal.configuration import KEYS
from meter.registers import events
from meter.requests import OPTICAL
from meter.views.dlms.server import Server

CLOCK = get(8, "0.0.1.0.0.255", 2)
ENERGY = get(3, "1.0.1.8.0.255", 2)
CANNOT_DECIPHER = bytes.fromhex("D80105")


@pytest.fixture
def rig():
    return Rig()


def logged(rig):
    book = rig.meter.events
    return [book.newest(age)[1] for age in range(min(book.total, 60))]


def is_refused(aare, diagnostic):
    return b"\xa2\x03\x02\x01\x01" in aare and aare.find(bytes((2, 1, diagnostic))) > 0


# Vector: Green Book numbers as in dlms-cosem's own tests.
def test_the_published_vector_is_sealed_and_unsealed_alike():
    plain = bytes.fromhex("C0010000080000010000FF0200")
    title = bytes.fromhex("4D4D4D0000BC614E")
    sealed = seal(plain, 0x01234567, title=title)
    assert sealed[5:].hex().upper() == "411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B"
    assert unseal(sealed, title) == (0x01234567, plain)


# Frames of captures between gurux_dlms and a server in C; this meter offers blocks of SET and
# ACTION too (1E1D), and takes requests of 512 bytes (0200).
def test_an_association_without_authentication_is_answered_as_captured(rig):
    rig.server.open(16, 1)
    assert rig.send(aarq()).hex().upper() == (
        "6129A109060760857405080101A203020100A305A103020100"
        "BE10040E0800065F1F0400001E1D02000007"
    )


@pytest.mark.parametrize(
    ("proposed", "agreed"),
    [("401E5D", "001E1D"), ("20525F", "00121D"), ("00001A", "000018"), ("FFFFFF", "001E1D")],
)
def test_the_conformance_is_what_both_know(rig, proposed, agreed):
    rig.server.open(16, 1)
    assert rig.send(aarq(proposed))[-7:-4].hex().upper() == agreed


def test_a_release_is_answered_and_ends_the_association(rig):
    rig.server.open(16, 1)
    rig.send(aarq())
    assert rig.send(CLOCK)[:4] == bytes.fromhex("C401C100")
    assert rig.send("6203800100") == bytes.fromhex("6303800100")
    assert rig.send(CLOCK) == NOT_ASSOCIATED


def test_a_release_with_user_information_is_answered_too(rig):
    rig.server.open(16, 1)
    rig.send(aarq())
    release = "6215800100BE10040E01000000065F1F0400401E5DFFFF"
    assert rig.send(release) == bytes.fromhex("6303800100")


@pytest.mark.parametrize("sap", [16, 17, 1])
@pytest.mark.parametrize(
    "request_",
    [
        CLOCK,
        "C101C1000800000100 00FF0200090C07EA0B01FF0A0000FF800000",
        "C301C10046000060030AFF01010F00",
        "6203800100",
        "DB",
    ],
)
def test_without_association_nothing_is_served(rig, sap, request_):
    before_s = rig.meter.clock.now_s()
    rig.server.open(sap, 1)
    assert rig.send(request_) == NOT_ASSOCIATED
    assert rig.meter.clock.now_s() == before_s


@pytest.mark.parametrize(("client", "server"), [(0, 1), (2, 1), (18, 1), (127, 1), (16, 0)])
def test_unknown_clients_and_devices_are_turned_away(rig, client, server):
    assert not rig.server.open(client, server)


@pytest.mark.parametrize("password", [b"", b"1234567", b"12345679", b"123456789", b"\0" * 8])
def test_a_wrong_password_is_refused_logged_and_leaves_nothing_open(rig, password):
    rig.server.open(17, 1)
    assert is_refused(rig.send(aarq_lls(password)), 0x0D)
    assert rig.send(ENERGY) == NOT_ASSOCIATED
    assert events.LOGIN_FAILED in logged(rig)


def test_after_three_wrong_passwords_the_right_one_must_wait(rig):
    for _ in range(3):
        rig.server.open(17, 1)
        rig.send(aarq_lls(b"87654321"))
    rig.server.open(17, 1)
    assert is_refused(rig.send(aarq_lls()), 0x0D)
    rig.server.step(8_000)
    rig.server.open(17, 1)
    assert not is_refused(rig.send(aarq_lls()), 0x0D)
    assert rig.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def test_a_thousand_wrong_passwords_cost_no_memory_and_lock_out_that_client_only(rig):
    for _ in range(1_000):
        rig.server.open(17, 1)
        rig.send(aarq_lls(b"87654321"))
    assert rig.server.association._lockouts.failures(1) == 3  # then nothing is tried any more
    Manager(rig)


@pytest.mark.parametrize(
    ("sap", "request_", "diagnostic"),
    [
        (17, aarq(), 0x0C),
        (1, aarq(), 2),
        (1, aarq_lls(), 2),
        (16, aarq_lls(), 0x0B),
        (16, aarq_gmac(1), 2),
        (17, aarq_gmac(1), 2),
    ],
)
def test_another_level_than_the_clients_own_is_refused(rig, sap, request_, diagnostic):
    rig.server.open(sap, 1)
    assert is_refused(rig.send(request_), diagnostic)
    assert rig.send(CLOCK) == NOT_ASSOCIATED


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("065F1F", "055F1F"), "0E010601"),
        (("065F1F", "075F1F"), "0E010601"),
        (("065F1F", "FF5F1F"), "0E010601"),
        (("401E5D", "000002"), "0E010602"),
        (("FFFF", "0001"), "0E010603"),
        (("FFFF", "000B"), "0E010603"),
    ],
)
def test_initiate_errors_are_told(rig, change, error):
    rig.server.open(16, 1)
    answer = rig.send(aarq().hex().upper().replace(*change))
    assert is_refused(answer, 1)
    assert error in answer.hex().upper()
    assert rig.send(CLOCK) == NOT_ASSOCIATED


@pytest.mark.parametrize("pdu", ["0000", "000C", "FFFF"])
def test_any_pdu_of_twelve_or_more_is_taken(rig, pdu):
    rig.server.open(16, 1)
    assert rig.send(aarq(pdu=pdu))[0:1] == b"\x61"
    assert rig.send(CLOCK)[:1] == b"\xc4"


@pytest.mark.parametrize("pdu", [1, 11, 12, 42, 54])
def test_a_management_client_that_takes_less_than_pass_4_is_refused(rig, pdu):
    aare = Manager(rig, prove=False, pdu=pdu).aare
    assert is_refused(aare, 1)
    assert b"\x0e\x01\x06\x03" in aare


@pytest.mark.parametrize("pdu", [55, 56, 64])
def test_nothing_the_management_client_gets_after_the_aare_is_longer_than_it_takes(rig, pdu):
    manager = Manager(rig, prove=False, pdu=pdu)
    proof = token(manager.challenge, manager.counter + 1)
    plain = bytes.fromhex("C301C1000F0000280000FF01010911") + proof
    answer = rig.send(general(plain, manager.counter + 1))
    assert answer[:1] == b"\xdb"
    assert len(answer) <= pdu
    manager.counter += 1
    found, number = manager.send(get(15, "0.0.40.0.0.255", 2)), 1
    while found[1] == 2 and not found[3]:
        assert len(found) + 19 <= pdu
        found = manager.send(f"C002C1{number:08X}")
        number += 1
    assert number > 100


def test_a_second_aarq_is_refused_and_drops_the_association(rig):
    rig.server.open(16, 1)
    rig.send(aarq())
    assert is_refused(rig.send(aarq()), 1)
    assert rig.send(CLOCK) == NOT_ASSOCIATED


def test_the_management_client_is_let_in_and_answered_with_proof(rig):
    manager = Manager(rig, prove=False)
    assert len(manager.aare) <= 127
    assert b"\xa3\x05\xa1\x03\x02\x01\x0e\xa4\x0a\x04\x08" + rig.security.title in manager.aare
    answer = manager.prove()
    counter, plain = unseal(answer[2:], rig.security.title)
    assert plain[:11] == bytes.fromhex("C701C10001000911") + plain[8:11]
    pass_4 = plain[8:]
    own = int.from_bytes(pass_4[1:5], "big")
    assert pass_4 == token(b"A" * 16, own, title=rig.security.title)
    assert own < counter
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def test_each_challenge_is_another_one(rig):
    challenges = {Manager(rig, prove=False).challenge for _ in range(20)}
    assert len(challenges) == 20


@pytest.mark.parametrize("size", [*range(16), 16, 18, 40, 100])
def test_a_wrong_proof_of_any_length_ends_the_association(rig, size):
    manager = Manager(rig, prove=False)
    assert manager.prove(bytes(size)) == NOT_ASSOCIATED
    assert manager.send(ENERGY) == NOT_ASSOCIATED


def test_a_proof_of_another_challenge_is_refused(rig):
    manager = Manager(rig, prove=False)
    assert manager.prove(token(b"B" * 16, manager.counter + 1)) == NOT_ASSOCIATED


def test_before_the_proof_nothing_else_is_served(rig):
    manager = Manager(rig, prove=False)
    manager.counter += 1
    assert manager.send(ENERGY) == NOT_ASSOCIATED
    assert manager.prove()[:1] == b"\xcf"


def test_a_replayed_aarq_is_refused(rig):
    request_ = aarq_gmac(rig.security.accepted() + 1)
    rig.server.open(1, 1)
    assert not is_refused(rig.send(request_), 0x0D)
    rig.server.open(1, 1)
    assert is_refused(rig.send(request_), 0x0D)


@pytest.mark.parametrize("step", [0, -1, -2])
def test_a_counter_that_does_not_rise_is_refused_and_told(rig, step):
    manager = Manager(rig)
    request_ = glo(bytes.fromhex(ENERGY), manager.counter + step)
    assert rig.send(request_) == bytes.fromhex("D80106") + manager.counter.to_bytes(4, "big")
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def test_a_forged_counter_moves_nothing(rig):
    manager = Manager(rig)
    forged = bytearray(glo(bytes.fromhex(ENERGY), 0xFFFFFFF0))
    forged[-1] ^= 1
    assert rig.send(bytes(forged)) == CANNOT_DECIPHER
    assert rig.security.accepted() == manager.counter
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


@pytest.mark.parametrize("control", [0x00, 0x10, 0x20, 0x31, 0x70, 0xB0, 0x3F])
def test_another_security_control_is_refused(rig, control):
    manager = Manager(rig)
    manager.counter += 1
    plain = bytes.fromhex(ENERGY)
    assert rig.send(glo(plain, manager.counter, control=control)) == CANNOT_DECIPHER
    assert rig.send(general(plain, manager.counter, control=control)) == CANNOT_DECIPHER
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def test_another_title_is_refused(rig):
    manager = Manager(rig)
    other = b"XYZ" + TITLE[3:]
    assert rig.send(general(bytes.fromhex(ENERGY), 1_000, title=other)) == CANNOT_DECIPHER
    assert rig.send(glo(bytes.fromhex(ENERGY), 1_000, title=other)) == CANNOT_DECIPHER
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def test_plain_requests_of_the_management_client_are_refused(rig):
    manager = Manager(rig)
    assert rig.send(ENERGY) == NOT_ASSOCIATED
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def test_ciphered_requests_of_the_other_clients_are_refused(rig):
    rig.server.open(16, 1)
    rig.send(aarq())
    assert rig.send(glo(bytes.fromhex(CLOCK), 1)) == NOT_ASSOCIATED


def test_a_dedicated_request_without_a_dedicated_key_is_refused(rig):
    manager = Manager(rig)
    sealed = seal(bytes.fromhex(ENERGY), manager.counter + 1)
    assert rig.send(b"\xd0" + bytes((len(sealed),)) + sealed) == CANNOT_DECIPHER


def test_the_tag_of_a_ciphered_request_must_be_that_of_its_service(rig):
    manager = Manager(rig)
    request_ = glo(bytes.fromhex(ENERGY), manager.counter + 1)
    assert rig.send(b"\xc9" + request_[1:]) == CANNOT_DECIPHER


@pytest.mark.parametrize("cut", range(1, 37))
def test_ciphered_requests_cut_anywhere_are_refused(rig, cut):
    manager = Manager(rig)
    request_ = general(bytes.fromhex(ENERGY), manager.counter + 1)
    assert rig.send(request_[:-cut]) in (CANNOT_DECIPHER, NOT_ASSOCIATED)
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")


def transfer(*keys):
    items = b"".join(
        b"\x02\x02\x16" + bytes((key_id, 9, len(data))) + data for key_id, data in keys
    )
    return (
        bytes.fromhex("C301C100400000 2B0000FF0201") + b"\x01" + bytes((len(keys),)) + items
    )


def test_keys_are_changed_by_wrapped_ones_and_stand_in_the_next_association(rig):
    ek, ak = b"E" * 16, b"a" * 16
    manager = Manager(rig)
    request_ = transfer((0, aes_key_wrap(MASTER, ek)), (2, aes_key_wrap(MASTER, ak)))
    assert manager.send(request_) == bytes.fromhex("C701C10000")
    assert manager.send(ENERGY)[:4] == bytes.fromhex("C401C100")  # this one goes on as it began
    assert events.KEY_EXCHANGED in logged(rig)
    rig.server.open(1, 1)
    assert is_refused(rig.send(aarq_gmac(manager.counter + 100)), 0x0D)
    newcomer = Manager(rig, keys=(ek, ak))
    assert newcomer.send(ENERGY)[:4] == bytes.fromhex("C401C100")
    stored = rig.meter.keeper.configuration.load(KEYS)
    assert stored[:32] == ek + ak


@pytest.mark.parametrize(
    "keys",
    [
        [(0, b"x" * 24)],
        [(0, aes_key_wrap(EK, b"E" * 16))],
        [(1, aes_key_wrap(MASTER, b"E" * 16))],
        [(7, aes_key_wrap(MASTER, b"E" * 16))],
        [(0, aes_key_wrap(MASTER, b"E" * 24))],
        [(0, aes_key_wrap(MASTER, b"E" * 16)), (2, b"y" * 24)],
        [(0, b"")],
    ],
)
def test_keys_that_are_not_wrapped_well_change_nothing(rig, keys):
    manager = Manager(rig)
    assert manager.send(transfer(*keys)) == bytes.fromhex("C701C1FA00")
    assert rig.security.keys.encryption == EK
    assert rig.security.keys.authentication == AK


def test_the_manager_changes_the_readers_password(rig):
    manager = Manager(rig)
    request_ = "C101C1000F0000280002FF07000906" + b"sesame".hex()
    assert manager.send(request_) == bytes.fromhex("C501C100")
    rig.server.open(17, 1)
    assert is_refused(rig.send(aarq_lls()), 0x0D)
    rig.server.open(17, 1)
    assert not is_refused(rig.send(aarq_lls(b"sesame")), 0x0D)


@pytest.mark.parametrize("password", ["", "00" * 17])
def test_a_password_that_is_none_is_refused(rig, password):
    request_ = f"C101C1000F0000280002FF070009{len(password) // 2:02X}{password}"
    assert Manager(rig).send(request_) == bytes.fromhex("C501C1FA")


def test_lab_keys_are_flagged_until_all_were_changed(rig):
    bit = events.ERROR_BITS[events.DEFAULT_KEYS]
    assert rig.meter.events.errors & bit
    assert events.DEFAULT_KEYS in logged(rig)
    manager = Manager(rig)
    keys = [(key_id, aes_key_wrap(MASTER, bytes((key_id + 1,)) * 16)) for key_id in (0, 2, 3)]
    manager.send(transfer(*keys))
    assert rig.meter.events.errors & bit
    manager.send("C101C1000F0000280002FF07000906" + b"sesame".hex())
    assert not rig.meter.events.errors & bit


def test_a_store_that_takes_no_counter_lets_nothing_ciphered_out(rig):
    manager = Manager(rig)
    rig.security._counters._used[1] = 0xFFFFFFFF  # none left to send
    assert manager.send(ENERGY) == bytes.fromhex("D80103")
    assert rig.send(ENERGY) == NOT_ASSOCIATED


@pytest.mark.parametrize("length", range(2, 31))
def test_an_aarq_with_a_wrong_length_anywhere_is_refused(rig, length):
    for at in (1, 3, 5, 14, 16):
        request_ = bytearray(aarq())
        request_[at] = (request_[at] + length) & 0xFF
        rig.server.open(16, 1)
        answer = rig.send(bytes(request_))
        assert is_refused(answer, 1) or is_refused(answer, 2)
        assert rig.send(CLOCK) == NOT_ASSOCIATED


def test_a_store_that_is_deaf_at_the_start_does_not_bring_the_labs_keys_back(rig):
    def deaf(kind):
        raise OSError

    rig.meter.keeper.configuration.load = deaf
    parts = rig.meter._parts
    server = Server(dlms.device(rig.meter, parts, rig.settings), OPTICAL)
    answer = bytearray(1024)
    server.open(17, 1)
    request_ = aarq_lls()
    n = server.handle(bytearray(request_), len(request_), answer)
    assert is_refused(bytes(answer[:n]), 0x0D)
