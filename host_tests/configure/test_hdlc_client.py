"""The HDLC client of the commands takes what answers its frame, and leaves nothing on the line."""

from meterctl.cosem.hdlc import Link

SNRM, DISC = bytes.fromhex("7EA007032393BF327E"), bytes.fromhex("7EA007032353B3F47E")
CONNECTED = bytes.fromhex("7EA01E2303737BCF818012050180060180070400000001080400000001533B7E")
ENDED = bytes.fromhex("7EA007230373B9F57E")


class Line:
    """A meter that answers each frame in these pieces."""

    place = "there"

    def __init__(self, answers):
        self._answers = answers
        self.coming = []

    def send(self, frame):
        self.coming += self._answers[bytes(frame)]

    def receive(self, timeout_s):
        assert timeout_s > 0
        return self.coming.pop(0) if self.coming else b""


def test_the_end_is_waited_for_behind_a_flag_that_an_answer_left():
    line = Line({SNRM: [CONNECTED[:-1], b"\x7e"], DISC: [ENDED[:4], ENDED[4:-1]]})
    link = Link(line, 17)
    link.connect()
    link.disconnect()
    assert line.coming == []


def test_a_meter_that_does_not_answer_the_end_is_left_all_the_same():
    line = Line({SNRM: [CONNECTED], DISC: []})
    link = Link(line, 17)
    link.connect()
    link.disconnect()
