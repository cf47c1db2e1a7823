"""What makes moto answer sooner and say the same: work it repeats for every request, done once.

`quicken` is called before the first moto service is imported. `one_partition` is only for
recordings that say at which draw each request stood, since it leaves draws out.
"""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def quicken() -> None:
    """Remember botocore's list of services and the methods of moto's classes.

    Both are looked up over and over: the one walks 400 folders for each service that is
    loaded, the other inspects a class of several hundred methods for each request.
    """
    import botocore.loaders
    import moto.core.responses
    import moto.core.utils

    utils: Any = moto.core.utils
    responses: Any = moto.core.responses
    loader: Any = botocore.loaders.Loader
    walk = loader.list_available_services
    known: dict[tuple[Any, ...], list[str]] = {}

    def list_available_services(self: Any, type_name: str) -> list[str]:
        key = (type_name, *self.search_paths)
        if key not in known:
            known[key] = walk(self, type_name)
        return list(known[key])

    loader.list_available_services = list_available_services
    utils.create_loader = functools.cache(utils.create_loader)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)


@functools.cache
def one_partition(partition: str = "aws") -> None:
    """Load AWS's 1,500 managed policies for one partition, not for each of the six.

    moto looks for an access key in all partitions and so starts IAM in China and the rest too,
    where a recorded account holds nothing and no client of it ever asks.
    """
    from moto.iam.models import IAMBackend, ManagedPolicy

    load = IAMBackend._init_aws_policies

    def init_aws_policies(self: IAMBackend) -> list[ManagedPolicy]:
        return load(self) if self.partition == partition else []

    IAMBackend._init_aws_policies = init_aws_policies  # type: ignore[method-assign]
