"""Whether the program on a board is the one that was built: the check at every start."""

from binascii import crc32

NAME = "legal.txt"  # the checksum in hexadecimal, then the files it is of, a line each


def check(folder, is_mounted=False):
    """Return (CRC-32 of the legally relevant files in `folder`, whether they are as built).

    is_mounted:  the modules run from an image, which was checked when it was mounted; the files it
                 was made of are not read again

    (0, False) if the list or one of the files cannot be read.  Cold: some 60 KB from flash.
    """
    found = 0
    chunk = bytearray(512)
    try:
        with open(folder + "/" + NAME) as listed:
            expected, *names = listed.read().split()
        if is_mounted:
            return int(expected, 16), True
        for name in names:
            with open(folder + "/" + name, "rb") as file:
                n = file.readinto(chunk)
                while n:
                    found = crc32(memoryview(chunk)[:n], found)
                    n = file.readinto(chunk)
    except (OSError, ValueError):
        return 0, False
    return found, "{:08X}".format(found) == expected
