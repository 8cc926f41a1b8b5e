"""The loops over octets of this computer: the definitions."""

from meter.views.dlms.fcs import update
from meter.views.dlms.ghash import absorb, make_table

__all__ = ["absorb", "make_table", "update"]
