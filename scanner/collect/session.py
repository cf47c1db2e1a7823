"""Makes AWS clients, and is the only place that does: read-only, checked, with bounded waiting.

What may be asked is the set of operations that the resource types name, and the few below that find out
who and where we are. Anything else is refused before a request is built or signed.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ProfileNotFound

from scanner import __version__
from scanner.catalog import ResourceType, load
from scanner.collect.failure import CREDENTIALS, TOKEN, classify
from scanner.collect.parsing import Parsers
from scanner.collect.patience import Patience, patient
from scanner.collect.rates import Rates
from scanner.collect.reply import check_bytes
from scanner.collect.sending import Sending
from scanner.collect.turn import Borrowed
from scanner.collect.wire import Wire
from scanner.errors import CredentialsError, NotReadOnly
from scanner.settings import Settings

ALWAYS = frozenset({"sts.get_caller_identity", "ec2.describe_regions"})
REACH = frozenset({"organizations.list_accounts", "sts.assume_role"})
"""Needed beside, and allowed, only where a scan is of more than the caller's account."""

TAG_POLICY = "organizations.describe_effective_policy"
"""Asked only where the settings say so (`tag_policies`)."""

LOOKUP = "cloudtrail.lookup_events"
"""Asked only where the settings say so (`creator_lookups`, `change_lookups`)."""
LISTS = "cloudcontrol.list_resources"
"""Asked only where the settings say so (`long_tail`)."""
TAGGED = "resourcegroupstaggingapi.get_resources"
"""Asked only where the settings say so (`long_tail`, `tagging_api`)."""

USES = (
    "iam.generate_service_last_accessed_details",
    "iam.get_service_last_accessed_details",
)
"""Asked only where the settings say so (`use_lookups`). The first starts a job that tells what IAM knows:
a read by IAM's own access levels, and ReadOnlyAccess allows it."""

HOME = {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
"""Where a partition's global services answer; us-east-1 otherwise (AWS General Reference)."""

VERBS = frozenset({"GET", "HEAD", "POST"})


def allowed(types: Iterable[ResourceType]) -> frozenset[str]:
    """Every `service.operation` that the given types may call, with the two that are always needed."""
    calls = {kind.list for kind in types if kind.list}
    calls |= {call.call for kind in types for call in kind.calls}
    return frozenset(calls) | ALWAYS


def extra(settings: Settings) -> frozenset[str]:
    """What the settings ask for beside the types; only a scan of more accounts may ask for those."""
    found = REACH if settings.accounts or settings.organization else frozenset()
    found |= {TAG_POLICY} if settings.tag_policies else set()
    found |= {LOOKUP} if settings.creator_lookups or settings.change_lookups else set()
    return found | beside(settings)


def beside(settings: Settings | None) -> frozenset[str]:
    """The calls that the settings ask for in every account, beside those of the types."""
    if settings is None:
        return frozenset()
    found = frozenset(USES if settings.use_lookups else ())
    if settings.long_tail:
        return found | {LISTS, TAGGED}
    return found | ({TAGGED} if settings.tagging_api else frozenset())


@dataclass(frozen=True)
class Identity:
    """Who asks: the account, the partition and the caller's ARN."""

    account: str
    partition: str
    arn: str

    @property
    def home(self) -> str:
        """Where the global services of the partition answer."""
        return HOME.get(self.partition, "us-east-1")


@dataclass(frozen=True)
class Account:
    """An account to scan: who we are in it, where it is scanned, and how we get in."""

    identity: Identity
    regions: tuple[str, ...]
    credentials: Any = None
    """botocore's credentials for it; None for the session's own."""
    management: bool = False
    """Whether it is known to be the organization's management account."""


class Session:
    """Guarded AWS clients, one a service and region, made on first use and safe to share.

    Threads and accounts share them: each call is signed with the credentials of its thread's turn.
    """

    def __init__(
        self, *, workers: int = 32, call_seconds: float = 60, patience: Patience | None = None,
        also: frozenset[str] = frozenset(), credentials: Any = None,
    ) -> None:  # fmt: skip
        """`also`: operations that the settings ask for beside those of the types.

        `credentials`: botocore's, instead of those that the standard environment names.
        """
        self.patience = patience or Patience(Rates())
        self.call_seconds = call_seconds
        self.also = also
        self._session = botocore.session.Session()
        try:
            self._session.get_scoped_config()
        except ProfileNotFound as error:
            raise CredentialsError(
                str(error), hint="set AWS_PROFILE to one of the profiles in ~/.aws/config"
            ) from error
        self._session.user_agent_extra = f"watchbill/{__version__}"
        self._allowed = allowed(load().values()) | also
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._login = threading.RLock()
        self._config = Config(
            connect_timeout=10,
            read_timeout=call_seconds,
            retries={"mode": "standard", "total_max_attempts": 1},  # ours: collect.patience
            max_pool_connections=workers,
            user_agent=self._session.user_agent(),  # one text, and not one made for every call
            inject_host_prefix=False,
            account_id_endpoint_mode="disabled",  # the clients are not one account's
        )
        self._own = self._session.get_component("credential_provider")
        self._found: Any = credentials
        self._session.register_component("credential_provider", self)
        self._session.register("creating-client-class.*", patient(self.patience))
        self._session.register("before-parse.*.*", check_bytes)
        parsers = Parsers()
        # timestamps stay text: parsing each costs more than the rest of the reply
        parsers.set_parser_defaults(timestamp_parser=lambda value: value)
        self._session.register_component("response_parser_factory", parsers)

    def _guard(self, model: Any, **_: Any) -> None:
        service = model.service_model.service_name
        name = f"{service}.{xform_name(model.name)}"
        if name not in self._allowed:
            raise NotReadOnly(
                f"{service}:{model.name} is not in the list of operations watchbill may call",
                hint="nothing was sent; a resource type must name the operation first",
            )

    @property
    def default_region(self) -> str | None:
        """The region the standard environment names, if it names one."""
        # botocore itself reads AWS_DEFAULT_REGION only; the newer SDKs read AWS_REGION
        region = os.environ.get("AWS_REGION") or self._session.get_config_variable("region")
        return str(region) if region else None

    def known_regions(self) -> frozenset[str]:
        """Every region botocore knows, in all partitions."""
        return frozenset(
            region
            for partition in self._session.get_available_partitions()
            for region in self._session.get_available_regions("ec2", partition)
        )

    def offers(self, service: str, region: str) -> bool:
        """Whether botocore's own table of endpoints has the service in a region, or says nothing of it."""
        partition = self._session.get_partition_for_region(region)
        known = self._session.get_available_regions(service, partition)
        return not known or region in known

    def load_credentials(self) -> Borrowed:
        """botocore asks this of the session, once, for the clients it makes."""
        return Borrowed(self.credentials)

    def credentials(self) -> Any:
        """botocore's credentials that the standard environment names; None where it names none."""
        with self._login:
            if self._found is None:
                self._found = self._own.load_credentials()
            return self._found

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region."""
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                made = self._session.create_client(service, region_name=region, config=self._config)
                # on the client and not on the session, which logs in by calls of its own (AssumeRole, SSO)
                made.meta.events.register_first("before-parameter-build.*.*", self._guard)
                made.meta.events.register_first("before-send.*.*", _verb)
                http = made._endpoint.http_session
                wire = Wire(http, self.call_seconds, self.patience.clock)
                made._endpoint = Sending(made, wire)
                made.meta.events.register("before-sign.s3-control", unprefixed)
                self._clients[key] = made
            return self._clients[key]

    def endpoint(self, region: str) -> str:
        """Where a region is asked: AWS itself, or what AWS_ENDPOINT_URL names."""
        return str(self.client("sts", region).meta.endpoint_url)

    def identity(self, region: str) -> Identity:
        """Who the credentials belong to. Raises CredentialsError where AWS does not accept them."""
        where = (
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with SSO"
        )
        try:
            answer = self.client("sts", region).get_caller_identity()
        except CREDENTIALS as error:
            raise CredentialsError(f"no AWS credentials: {error}", hint=where) from error
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in TOKEN:
                raise CredentialsError(
                    f"AWS refuses the credentials: {error}", hint=where
                ) from error
            raise CredentialsError(
                f"AWS does not say who we are: {error}",
                hint="sts:GetCallerIdentity must answer before anything else is asked",
            ) from error
        except Exception as error:  # no answer, or a page of somebody who stands between
            failure = classify(error)
            raise CredentialsError(
                f"AWS cannot be reached ({failure.code}): {failure.message}",
                hint="check the network, AWS_ENDPOINT_URL and the profile",
            ) from error
        arn = str(answer["Arn"])
        return Identity(str(answer["Account"]), arn.split(":")[1], arn)


def _verb(request: Any, **_: Any) -> None:
    """A second belt, on the wire: whatever an operation is called, these verbs only read."""
    if request.method not in VERBS:
        raise NotReadOnly(
            f"a {request.method} request to {request.url.partition('?')[0]} is no read",
            hint="nothing was sent; only GET, HEAD and the POST of query and JSON services are",
        )


def unprefixed(request: Any, **_: Any) -> None:
    """S3 Control puts the account before the host's name; an address that somebody set has no such names."""
    parts = urlsplit(request.url)
    account, _dot, host = parts.netloc.partition(".")
    if re.fullmatch(r"\d{12}", account) and re.fullmatch(r"(localhost|[\d.]+)(:\d+)?", host):
        request.url = parts._replace(netloc=host).geturl()
