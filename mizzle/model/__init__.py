"""Entities, documents, tables, keys and the codecs of their values."""
