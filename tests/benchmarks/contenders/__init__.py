"""The libraries that are measured side by side, one module each."""

from tests.benchmarks.contenders.aiodynamo_client import Aiodynamo
from tests.benchmarks.contenders.boto3_resource import Resource
from tests.benchmarks.contenders.contender import Contender, Way, check
from tests.benchmarks.contenders.mizzle_boto import MizzleBoto
from tests.benchmarks.contenders.mizzle_direct import MizzleDirect
from tests.benchmarks.contenders.pydynantic_entities import Pydynantic
from tests.benchmarks.contenders.pydynox_models import Pydynox
from tests.benchmarks.contenders.pynamo import Pynamo
from tests.benchmarks.contenders.raw import RawClient

__all__ = ["CONTENDERS", "Contender", "Way", "check"]

CONTENDERS: dict[str, type[Contender]] = {
    contender.name: contender
    for contender in (
        RawClient,
        Resource,
        Pynamo,
        Pydynantic,
        Pydynox,
        Aiodynamo,
        MizzleBoto,
        MizzleDirect,
    )
}
