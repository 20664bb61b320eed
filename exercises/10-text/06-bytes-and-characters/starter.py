def utf8_tokens(text):
    """The bytes of a text in UTF-8.

    text: str.  Returns a list of whole numbers from 0 to 255.
    Raises ValueError if the text holds a lone surrogate.
    """
    ...


def utf16_tokens(text):
    """The tokens of a text in UTF-16, one or two for each character.

    text: str.  Returns a list of whole numbers from 0 to 65535.
    Raises ValueError if the text holds a lone surrogate.
    """
    ...


def utf16_text(data):
    """The text of bytes in UTF-16; big-endian unless a byte order mark says otherwise.

    data: bytes.  Returns a str.
    Raises ValueError for an odd number of bytes and for half a surrogate pair.
    """
    ...


def pair_paragraphs(text):
    """English passages with the Chinese ones that follow them.

    text: str.  Returns a list of tuples (english, chinese), both str; "" stands for what is missing.
    """
    ...
