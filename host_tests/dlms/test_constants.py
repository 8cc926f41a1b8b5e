"""Numbers of the standard stand in every file that uses them, for the board: they must agree.

`_NAME = const(n)` leaves nothing in a compiled file; an imported name costs memory at every use.
"""

import re
from pathlib import Path

import meter.views.dlms

FOLDER = Path(meter.views.dlms.__file__).parent


def test_a_constant_of_one_name_has_one_value():
    found = {}
    for path in FOLDER.glob("*.py"):
        for name, value in re.findall(r"^_?([A-Z]\w*) = const\((.*?)\)", path.read_text(), re.M):
            found.setdefault(name, {}).setdefault(value, []).append(path.stem)
    differing = {name: values for name, values in found.items() if len(values) > 1}
    assert not differing
