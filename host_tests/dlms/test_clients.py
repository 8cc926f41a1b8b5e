"""Two independent clients against the server's APDUs: every level, every attribute, every way."""

import datetime as dt
import itertools

import pytest
import structlog
from dlms_cosem.cosem.association import AccessRight
from dlms_cosem.parsers import AssociationObjectListParser, ProfileGenericBufferParser
from dlms_cosem.utils import parse_as_dlms_data
from gurux_dlms import GXDateTime
from gurux_dlms.enums import Conformance, DataType, ObjectType

from host_tests.dlms.clients import (
    MANAGER,
    PUBLIC,
    READER,
    ClientError,
    DirectLine,
    DirectTransport,
    Gurux,
    attribute_of,
    cosem_client,
)
from host_tests.dlms.device import Rig

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

SECRETS = {(15, 7), (19, 7), (19, 8), (19, 9)}  # attributes that nobody reads
CET = dt.timezone(dt.timedelta(hours=1))


@pytest.fixture(scope="module")
def rig():
    rig = Rig()
    rig.fill_profile(20)
    return rig


def gurux(rig, sap, **options):
    line = DirectLine(rig, sap)
    return Gurux(line, sap, is_direct=True, counter=rig.security.accepted() + 1, **options)


def walk(client, every=1):
    """Read every attribute of each `every`-th object; return how many, and those refused."""
    read, refused = 0, []
    for target in client.objects()[::every]:
        for attribute in range(target.getAttributeCount(), 0, -1):  # columns before the buffer
            try:
                client.read(target, attribute)
                read += 1
            except ClientError:
                refused.append((target.objectType, attribute))
    return read, refused


@pytest.mark.parametrize("pdu", [0xFFFF, 64])
@pytest.mark.parametrize("sap", [PUBLIC, READER])
def test_gurux_reads_every_attribute_of_every_object(rig, sap, pdu):
    client = gurux(rig, sap, pdu=pdu)
    read, refused = walk(client)
    assert set(refused) <= SECRETS
    assert read > (40 if sap == PUBLIC else 400)
    assert max(len(answer) for answer in client.line.heard) <= (pdu if pdu == 64 else 637)
    client.release()


@pytest.mark.parametrize(
    ("protect", "dedicated", "tag", "pdu", "every"),
    [
        (True, False, 0xDB, 0xFFFF, 1),
        (True, True, 0xDC, 64, 20),
        (False, False, 0xCC, 64, 20),
        (False, True, 0xD4, 0xFFFF, 10),
    ],
)
def test_gurux_reads_in_every_way_of_ciphering(
    rig, protect, dedicated, tag, pdu, every
):
    client = gurux(rig, MANAGER, pdu=pdu, protect=protect, dedicated=dedicated)
    started = len(client.line.heard)
    read, refused = walk(client, every)
    assert set(refused) <= SECRETS
    assert read > 400 // every
    assert {answer[0] for answer in client.line.heard[started:]} == {tag}
    assert max(len(answer) for answer in client.line.heard[started:]) <= min(pdu, 637)
    client.release()


def titled(rig, answer):
    """Check the head of a general-glo answer as gurux does not; return its counter."""
    assert answer[0] == 0xDB
    assert answer[1:10] == b"\x08" + rig.security.title
    at = 11 if answer[10] < 0x80 else 11 + (answer[10] & 0x7F)
    assert answer[at] == 0x30
    return int.from_bytes(answer[at + 1 : at + 5], "big")


def test_the_meters_counter_rises_with_every_answer(rig):
    client = gurux(rig, MANAGER)
    clock = client.find(ObjectType.CLOCK, "0.0.1.0.0.255")
    for _ in range(100):
        client.read(clock, 2)
    counters = [titled(rig, answer) for answer in client.line.heard if answer[0] == 0xDB]
    assert len(counters) == 100
    assert all(later > earlier for earlier, later in itertools.pairwise(counters))


# dlms_cosem decodes neither bit-strings nor UTF-8 strings; the last one is of account's currency.
BEYOND = {(15, 5), (111, 4), (111, 11), (112, 7), (113, 9), (115, 6), (111, 15)}


@pytest.mark.parametrize("sap", [PUBLIC, READER, MANAGER])
def test_dlms_cosem_reads_the_object_list_and_every_attribute_in_it(rig, sap):
    client = cosem_client(DirectTransport(rig, sap), sap, counter=rig.security.accepted() + 1)
    read = 0
    with client.session():
        objects = AssociationObjectListParser.parse_bytes(
            client.get(attribute_of(15, "0.0.40.0.0.255", 2))
        )
        for item in objects:
            name = item.logical_name.to_string(separator=".")
            for attribute, rights in item.attribute_access_rights.items():
                if AccessRight.READ_ACCESS.value in rights.access_rights:
                    data = client.get(attribute_of(int(item.interface), name, attribute))
                    if (int(item.interface), attribute) not in BEYOND:
                        parse_as_dlms_data(data)
                    read += 1
    assert read > (40 if sap == PUBLIC else 400)


def profile_of(client, name="1.0.99.1.0.255"):
    profile = client.find(ObjectType.PROFILE_GENERIC, name)
    client.read(profile, 3)
    client.read(profile, 6)
    return profile


def rows_of(client, profile, request):
    profile.buffer = []
    return client.client.updateValue(profile, 2, client.exchange(request).value)


@pytest.mark.parametrize("pdu", [0xFFFF, 128])
def test_gurux_reads_the_load_profile_whole_by_entry_and_by_range(pdu):
    rig = Rig()
    rig.fill_profile(300)
    client = gurux(rig, READER, pdu=pdu)
    profile = profile_of(client)
    rows = client.read(profile, 2)
    assert [row[2:] for row in rows] == [
        [1000 + k, 30 + k, 20 + k, 10 + k] for k in range(300)
    ]
    by_entry = rows_of(client, profile, client.client.readRowsByEntry(profile, 11, 5))
    assert [row[2] for row in by_entry] == [1010, 1011, 1012, 1013, 1014]
    begin = dt.datetime(2026, 10, 26, 1, 0, tzinfo=CET)
    end = begin + dt.timedelta(hours=2)
    by_range = rows_of(client, profile, client.client.readRowsByRange(profile, begin, end))
    stamps = [row[0].value for row in by_range]
    assert len(stamps) == 9
    assert stamps == [begin + k * dt.timedelta(minutes=15) for k in range(9)]


def test_gurux_reads_single_columns():
    rig = Rig()
    rig.fill_profile(30)
    client = gurux(rig, READER)
    profile = profile_of(client)
    begin = dt.datetime(2026, 10, 25, 13, 30, tzinfo=CET)
    columns = [profile.captureObjects[0], profile.captureObjects[3]]
    reply = client.exchange(
        client.client.readRowsByRange(profile, begin, begin + dt.timedelta(hours=1), columns)
    )
    assert [row[1] for row in reply.value] == [31, 32, 33, 34, 35]


@pytest.mark.parametrize("pdu", [65_535, 128])  # its own requests must not be longer either
@pytest.mark.parametrize("sap", [READER, MANAGER])
def test_dlms_cosem_parses_the_load_profile(sap, pdu):
    rig = Rig()
    rig.fill_profile(100)
    transport = DirectTransport(rig, sap)
    client = cosem_client(transport, sap, counter=rig.security.accepted() + 1, pdu=pdu)
    with client.session():
        columns = parse_as_dlms_data(client.get(attribute_of(7, "1.0.99.1.0.255", 3)))
        names = [
            attribute_of(cls, ".".join(map(str, name)), attribute)
            for cls, name, attribute, _ in columns
        ]
        transport.heard.clear()
        buffer = client.get(attribute_of(7, "1.0.99.1.0.255", 2))
    assert max(len(answer) for answer in transport.heard) <= pdu
    rows = ProfileGenericBufferParser(capture_objects=names, capture_period=15).parse_bytes(buffer)
    assert len(rows) == 100
    first, last = rows[0][0].value, rows[-1][0].value
    assert last - first == dt.timedelta(minutes=15 * 99)


def test_gurux_sets_the_clock_as_manager_and_is_refused_as_reader(rig):
    reader = gurux(rig, READER)
    clock = reader.find(ObjectType.CLOCK, "0.0.1.0.0.255")
    clock.time = GXDateTime(dt.datetime(2026, 11, 1, 10, 0, tzinfo=CET))
    with pytest.raises(ClientError) as refusal:
        reader.write(clock, 2)
    assert refusal.value.code == 3
    manager = gurux(rig, MANAGER)
    manager.write(clock, 2)
    assert rig.meter.clock.now_s() == 846_838_800  # 2026-11-01T09:00:00Z
    manager.invoke(clock, 6, 25, DataType.INT16)
    assert rig.meter.clock.now_s() == 846_838_825
    manager.invoke(clock, 3, 0, DataType.INT8)
    assert rig.meter.clock.now_s() == 846_838_800


@pytest.mark.parametrize("pdu", [0xFFFF, 64])
def test_gurux_reads_lists(rig, pdu):
    client = gurux(rig, READER, pdu=pdu)
    clock = client.find(ObjectType.CLOCK, "0.0.1.0.0.255")
    energy = client.find(ObjectType.REGISTER, "1.0.1.8.0.255")
    wanted = [(clock, 2), (energy, 2), (energy, 3), (clock, 3)] * 2
    for frames in client.client.readList(wanted):
        values = client.exchange(frames).value
        assert len(values) == 8
        assert values[1] == rig.meter.values.value(4) // 10
        assert values[3] == -60


def test_a_profile_longer_than_an_answer_is_refused_where_blocks_were_not_agreed_on(rig):
    client = gurux(rig, READER, conformance=Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ)
    with pytest.raises(ClientError) as refusal:
        client.raw(client.find(ObjectType.ASSOCIATION_LOGICAL_NAME, "0.0.40.0.0.255"), 2)
    assert refusal.value.code == 14
