"""Whether an answer is whole, and whether it is a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

# botocore ships no types.
from botocore.exceptions import ChecksumError  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from mizzle.request import from_json

__all__ = ["check_body", "damage_of", "is_refusal"]

# botocore's own border between an answer and an error.
_REFUSED = 300


def is_refusal(status: int) -> bool:
    """Tell whether an HTTP status is an error's."""
    return status >= _REFUSED


def check_body(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Check that a body is what DynamoDB sent.

    Args:
        status: The HTTP status.
        headers: A name in small letters finds its header.
        content: The body.

    Raises:
        ChecksumError: botocore's, if it does not match its checksum.
        ResponseParserError: botocore's, if it has none and is not a whole JSON object.

    See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
    """
    damage = damage_of(status, headers, content)
    if damage is not None:
        raise damage


def damage_of(status: int, headers: Mapping[str, str], content: bytes) -> Exception | None:
    """Give what `check_body` raises; None if the body is what DynamoDB sent."""
    found: Exception | None = None
    expected = headers.get("x-amz-crc32")
    if expected is not None:
        actual = crc32(content)
        if expected.strip() != str(actual):
            found = ChecksumError(
                checksum_type="crc32", expected_checksum=expected, actual_checksum=actual
            )
    # What has no checksum did not come from DynamoDB, but from an imitation or a proxy's page.
    elif not is_refusal(status) and not _is_json_object(content):
        found = ResponseParserError("it is not a whole JSON object and has no checksum")
    return found


def _is_json_object(content: bytes) -> bool:
    # Nothing at all is what is left of an answer that was cut in its head: every operation that is
    # used here is answered with `{}` at least.
    try:
        # Python's own reader takes other encodings too.
        content.decode()
        return isinstance(from_json(content), dict)
    except (ValueError, RecursionError):
        return False
