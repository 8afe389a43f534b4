"""JSON from a stranger: any bytes in, plain data or a sentence out, with bounds on memory and depth."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

# An empty list costs 64 bytes and takes 3 in the file: without this bound 64 MiB of text could ask for 1.4 GB.
MAX_VALUES = 6_000_000
_COUNTED_FROM = 2 * 2**20
# The closing quote is optional so that the pattern never fails and never goes back: a file can be one open string.
# Possessive, for otherwise each escape is remembered: 120 bytes for every two of the file.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class NotJson(ValueError):
    """The bytes are not JSON; the text says why, as the end of a sentence about the file."""


def decode_text(data: bytes) -> tuple[str, str]:
    """Return the text and a note ("" when it was plain UTF-8); bytes that are not text become U+FFFD."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return text, "" if encoding == "utf-8" else "it was saved as UTF-16 or UTF-32; save it as UTF-8 next time"
    encoding = json.detect_encoding(data[:4].ljust(4, b" ")) if b"\0" in data[:4] else "utf-8"
    try:
        return data.decode(encoding), ""
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), "some bytes were not UTF-8 and were replaced; save it as UTF-8"


def load_json(text: str, data: bytes) -> Any:
    """Return what JSON text holds; raises NotJson for anything else, for too many values and for too deep nesting."""
    if not text.strip():
        raise NotJson("is empty")
    if len(data) > _COUNTED_FROM and _values_in(_as_utf8(text, data)) > MAX_VALUES:
        raise NotJson(f"holds more than {MAX_VALUES:,} values")
    try:
        return json.loads(text, strict=False, parse_int=_small_int)
    except RecursionError:
        raise NotJson("is nested too deeply") from None
    except (ValueError, MemoryError) as error:
        raise NotJson(_where(text, error)) from None


def clean_text(text: str) -> str:
    """Return `text` with Unix line ends, lone surrogates replaced (they cannot be written to any file)."""
    return _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _as_utf8(text: str, data: bytes) -> bytes:
    """Return the text's bytes; in UTF-16, half of a letter can be a quote that hides all behind it."""
    wide = b"\0" in data[:4] or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return text.encode("utf-8", "replace") if wide else data


def _values_in(data: bytes) -> int:
    bare = _STRING.sub(b"", data)
    return sum(bare.count(mark) for mark in (b",", b"[", b"{"))


def _small_int(digits: str) -> int:
    """Python refuses integers of more than 4300 digits; no number in a notebook that matters has more than nine."""
    return int(digits) if len(digits) < 20 else 0


def _where(text: str, error: BaseException) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "is not JSON"
    if text.lstrip().startswith("{") and not text.rstrip().endswith("}"):
        return f"breaks off in line {text.count(chr(10)) + 1}, as if it had not been saved or uploaded to its end"
    if "<<<<<<<" in text and ">>>>>>>" in text:
        return f"holds the marks of a git merge conflict (near line {error.lineno})"
    return f"is not JSON (near line {error.lineno})"
