"""A DLMS client for the commands that read and change a meter, over TCP or a serial line.

It speaks what the meter does and no more: HDLC with one-octet addresses, logical names, GET, SET
and ACTION in one piece, suite 0.
"""
