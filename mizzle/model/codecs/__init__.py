"""Codecs: how the declared type of a field decides what is stored, compiled from Pydantic's schema.

A codec writes values of one type as attribute values and reads them back as what Pydantic validates
without loss. Whatever it does not know (custom serializers, foreign types) is *opaque*: Pydantic's own
serializer writes it, and Pydantic's own validation reads it.
"""

from mizzle.model.codecs.base import Codec, CodecMismatch
from mizzle.model.codecs.compiler import document_codec
from mizzle.model.codecs.documents import DocumentCodec
from mizzle.model.codecs.fields import FieldCodec

__all__ = ["Codec", "CodecMismatch", "DocumentCodec", "FieldCodec", "document_codec"]
