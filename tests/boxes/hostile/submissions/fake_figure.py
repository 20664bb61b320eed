"""Shows a figure that is none, and markup.

Must: passed
"""

import kernel

for data in (
    {"image/png": "not base64!"},
    {"image/png": "PHN2Zy8+"},
    {"text/html": "<script>alert(1)</script>"},
    {"image/svg+xml": "<svg onload=alert(1)>"},
    {"application/javascript": "alert(1)"},
):
    kernel.current.publish("display_data", {"data": data, "metadata": {}})


def double(x):
    return x + x
