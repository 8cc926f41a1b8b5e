"""DLMS/COSEM: frames, ciphering, APDUs and objects of the meter's side."""
