"""How schemathesis writes the files that departments send: a text as it is, a workbook with the mark of a workbook.

A "file" that is no text stands for a request without one: it must be refused, and written out it would be a file."""

import schemathesis

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_bytes(value):
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    inner = getattr(value, "data", None)
    return bytes(inner) if isinstance(inner, (bytes, bytearray)) else None


@schemathesis.serializer("text/csv")
def text(ctx, value):
    return as_bytes(value)


@schemathesis.serializer(WORKBOOK)
def workbook(ctx, value):
    content = as_bytes(value)
    return None if content is None else b"PK\x03\x04" + content
