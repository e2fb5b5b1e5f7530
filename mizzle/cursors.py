"""Cursors: where a page ended, as text that can travel through a URL.

A cursor is opaque to whoever carries it. It has a version, is bound to one statement and can be
signed, so that nobody can make up one that reads elsewhere. It is not encrypted.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from hashlib import blake2b, sha256
from typing import Any, Final

from mizzle.errors import InvalidCursorError
from mizzle.expressions.nodes import Node
from mizzle.request import to_json
from mizzle.shapes import is_list, is_mapping, is_sequence

__all__ = ["fingerprint", "read_cursor", "write_cursor"]

_VERSION: Final = b"1"
_PLAIN: Final = b"p"
_SIGNED: Final = b"s"
_SIGNATURE_BYTES: Final = 16
_MAX_CHARACTERS: Final = 64 * 1024
_MOST_RETURNED: Final = 10**15
_SETS = frozenset({"SS", "NS", "BS"})


def write_cursor(position: Any, statement: str, secret: str | bytes | None) -> str:
    """Write a position as a cursor.

    Args:
        position: JSON data: `places`, and the number of items `returned` before.
        statement: The fingerprint of the statement whose position it is.
        secret: What to sign with; None to leave it unsigned.

    Returns:
        Text of letters, digits, `-` and `_`.
    """
    # The service gives the attributes of a key in any order, and equal pages shall have equal cursors.
    content = json.dumps([statement, position], separators=(",", ":"), sort_keys=True).encode()
    body = _VERSION + (_PLAIN if secret is None else _SIGNED) + content
    return _text_of(body + _signature(body, secret))


def read_cursor(cursor: str, statement: str, secret: str | bytes | None) -> Any:
    """Read the position back.

    Raises:
        InvalidCursorError: If it is no cursor, was tampered with, or belongs to another statement.
    """
    body = _checked(_bytes_of(cursor), secret)
    try:
        written_for, position = json.loads(body[2:])
        returned, _ = position["returned"], position["places"]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _malformed() from error
    if type(returned) is not int or not 0 <= returned <= _MOST_RETURNED:
        raise _malformed()
    if written_for != statement:
        message = (
            "the cursor belongs to another statement: conditions, index, order, paths and limit "
            "have to be the same on every page"
        )
        raise InvalidCursorError(message)
    return position


def fingerprint(parts: Iterable[Any]) -> str:
    """Give a short text that is the same for equal parts, in every process."""
    text = to_json([_canonical(part) for part in parts])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _canonical(part: Any) -> Any:
    if isinstance(part, Node):
        return [type(part).__name__, *map(_canonical, part.parts())]
    if is_mapping(part):
        # The members of a set have no order of their own.
        return {
            name: sorted(value) if name in _SETS and is_list(value) else _canonical(value)
            for name, value in sorted(part.items())
        }
    if is_sequence(part):
        return list(map(_canonical, part))
    return part.__name__ if isinstance(part, type) else part


def _bytes_of(cursor: Any) -> bytes:
    if not isinstance(cursor, str) or len(cursor) > _MAX_CHARACTERS:
        raise _malformed()
    try:
        content = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (Base64Error, ValueError) as error:
        raise _malformed() from error
    # The decoder overlooks what does not belong there.
    if _text_of(content) != cursor:
        raise _malformed()
    return content


def _text_of(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _checked(content: bytes, secret: str | bytes | None) -> bytes:
    version, kind = content[:1], content[1:2]
    if version != _VERSION or kind not in {_PLAIN, _SIGNED}:
        raise _malformed()
    if (kind == _SIGNED) != (secret is not None):
        why = "it is signed, and there is no cursor_secret here to check it with"
        if secret is not None:
            why = "it is not signed, and here cursors are"
        message = f"the cursor cannot be used: {why}"
        raise InvalidCursorError(message)
    if secret is None:
        return content
    body, signature = content[:-_SIGNATURE_BYTES], content[-_SIGNATURE_BYTES:]
    if not hmac.compare_digest(_signature(body, secret), signature):
        message = "the cursor's signature is wrong: it was changed, or signed with another secret"
        raise InvalidCursorError(message)
    return body


def _signature(body: bytes, secret: str | bytes | None) -> bytes:
    if secret is None:
        return b""
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.digest(key, body, sha256)[:_SIGNATURE_BYTES]


def _malformed() -> InvalidCursorError:
    message = "the cursor is not one that a page() of this version gave"
    return InvalidCursorError(message)
