"""Logs metrics that are none: deep nests with NULs in them, infinities, wrong types, names that scripts know.

Must: passed
"""

import frames
import kernel

deep = "[" * 700 + '"\\u0000"' + "]" * 700
kinds = [
    deep,
    '{"step":1,"values":' + deep + "}",
    '{"step":1e999,"values":{}}',
    '{"step":1,"values":{"a":1e999}}',
    '{"step":1,"values":{"__proto__":1,"constructor":2,"toString":3}}',
    '{"step":true,"values":{"a":true}}',
    '{"step":' + "9" * 4000 + ',"values":{"a":' + "9" * 4000 + "}}",
    '{"step":1,"values":{"' + "n" * 60_000 + '":1}}',
    "null",
    '"text"',
]
for kind in kinds:
    content = f'{{"data":{{"application/x-zero-to-gpt-metric":{kind}}}}}'.encode()
    header, parent = b'{"msg_type":"display_data"}', kernel.current.parent
    kernel.current.link.sendall(frames.pack(b"i", [header, parent, b"{}", content]))


def double(x):
    return x + x
