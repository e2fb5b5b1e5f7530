"""Codecs as generated code: what the codecs of a document do, in one function without detours.

The functions take the instances and items that are as usual. Of all others they say so by an
exception, and those are left to the codecs, which know every case and say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from mizzle.model.codecs.code_writer import is_plain
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.generated_decoder import DecoderWriter
from mizzle.model.codecs.generated_encoder import EncoderWriter

__all__ = ["GeneratedCodec", "generate_codec", "generate_reader"]


class GeneratedCodec(NamedTuple):
    """The generated functions of a document.

    Attributes:
        source: Their source.
        encode: Writes an instance's own values: the JSON of its attributes, with a comma before each,
            and by field name what Pydantic validates when they are read back. Only the JSON, if
            there is nothing that Pydantic could find.
        decode: Reads the attributes of an item as Pydantic validates them, by field name.
        is_certain: Whether there is nothing that Pydantic could find.
        may_lose: Whether codecs write documents of which Pydantic may lose something.
    """

    source: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], dict[str, Any]]
    is_certain: bool
    may_lose: bool


def generate_codec(document: DocumentCodec, needed: Collection[str] = ()) -> GeneratedCodec | None:
    """Write the functions of a model; None if only the codecs can read and write it.

    Args:
        document: The codec of the model.
        needed: Fields without which an item is out of the ordinary, whatever their defaults.
    """
    if not is_plain(document) or len(document.by_attribute) < len(document.fields):
        return None
    constants: dict[str, Any] = {}
    decoder = DecoderWriter(constants)
    encoder = EncoderWriter(constants, decoder)
    encoder.write("encode", document)
    is_certain = encoder.is_certain
    if is_certain:
        constants.clear()
        encoder = EncoderWriter(constants, decoder, reads=False)
        encoder.write("encode", document)
    decoder.write("decode", document, needed)
    source, namespace = _compiled(document, constants, *encoder.functions, *decoder.functions)
    encode, decode = namespace["encode"], namespace["decode"]
    return GeneratedCodec(source, encode, decode, is_certain, encoder.may_lose)


def generate_reader(
    document: DocumentCodec, names: Iterable[str]
) -> tuple[str, Callable[[Any], dict[str, Any]]]:
    """Write the function that reads some fields of a model as Pydantic validates them.

    Returns:
        Its source, and the function.
    """
    constants: dict[str, Any] = {}
    decoder = DecoderWriter(constants)
    decoder.write("decode", document, names=names)
    source, namespace = _compiled(document, constants, *decoder.functions)
    return source, namespace["decode"]


def _compiled(
    document: DocumentCodec, constants: Mapping[str, Any], *functions: str
) -> tuple[str, dict[str, Any]]:
    source = "\n\n\n".join(functions) + "\n"
    name = f"<codec of {document.cls.__name__}>"
    namespace = dict(constants)
    exec(compile(source, name, "exec"), namespace)  # noqa: S102  # written here, all names are quoted
    return source, namespace
