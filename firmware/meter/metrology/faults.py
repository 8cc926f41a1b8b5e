"""What a sampler with a converter per measuring system tells of its converters.

A fault is a small negative number: one of these less the system, 1..3.  It is the detail of an
event MEASUREMENT_ERROR.
"""

from micropython import const

LOST = const(-10)  # -11..-13: the converter is silent, reset or deranged; its U and I count as 0
BACK = const(-20)  # -21..-23: it measures again
BRIDGED = const(-30)  # -31..-33: single bad frames took the values of the frame before
UNREADY = const(-60)  # -61..-63: it measures, but its data-ready line lies; another one's is used
