"""Given: which byte a wrongly read character was, and the licences that allow training."""

LICENCES = {"CC0", "CC BY", "CC BY-SA", "MIT"}


def _read_wrongly(byte):
    """What Windows-1252 and Latin-1 make of one byte from 128 to 255: one character or two."""
    found = {chr(byte)}
    try:
        found.add(bytes([byte]).decode("cp1252"))
    except UnicodeDecodeError:
        pass  # five bytes mean nothing in Windows-1252; Latin-1 has all of them
    return found


BYTE_OF = {character: byte for byte in range(128, 256) for character in _read_wrongly(byte)}
