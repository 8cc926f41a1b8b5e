"""AES of this computer, in the shape of MicroPython's cryptolib."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class Aes:
    """AES in ECB mode with `key` (16 bytes)."""

    def __init__(self, key):
        cipher = Cipher(algorithms.AES(key), modes.ECB())
        self.encrypt = cipher.encryptor().update
        self.decrypt = cipher.decryptor().update
