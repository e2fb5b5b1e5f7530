"""The shapes as plain Pydantic models, for the libraries that take any."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, create_model

__all__ = ["MODELS", "LineModel", "PlaceModel", "SmallModel", "WideModel"]


class SmallModel(BaseModel):
    team: str
    id: UUID
    email: str
    name: str
    age: int
    active: bool
    balance: Decimal
    joined: datetime
    tags: set[str] = set()


class LineModel(BaseModel):
    product: str
    quantity: int
    price: Decimal


class PlaceModel(BaseModel):
    street: str
    city: str
    country: str


_TEXTS: Any = {f"text_{n}": (str, ...) for n in range(12)}
_NUMBERS: Any = {f"number_{n}": (int, ...) for n in range(8)}
WideModel: Any = create_model("WideModel", **_TEXTS, **_NUMBERS)


class LargeModel(WideModel):  # type: ignore[misc]  # made at run time
    team: str
    id: UUID
    home: PlaceModel
    work: PlaceModel | None = None
    lines: list[LineModel]
    limits: dict[str, int]
    labels: set[str]
    total: Decimal
    made: datetime
    note: str | None = None


MODELS: dict[str, type[BaseModel]] = {"A": SmallModel, "B": LargeModel}
