"""Reads states in S3 and opens their keys in KMS; the only module here that talks to AWS.

In: buckets, keys and encrypted data keys. Out: bytes. Three operations can be called, and everything else
is refused before it is signed: s3:ListBucket (ListObjectsV2) finds the states below a prefix, s3:GetObject
reads one (an object that S3 encrypts with a KMS key asks for kms:Decrypt on it too), and kms:Decrypt turns
the data key of a state that OpenTofu encrypted with `aws_kms` back into a key. No other use is made of it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from botocore.parsers import ResponseParserError

from scanner import __version__
from scanner.declared.body import gathered
from scanner.declared.web import PULL
from scanner.errors import NotReadOnly, SettingsError, StateError

ALLOWED = frozenset({"s3.get_object", "s3.list_objects_v2", "kms.decrypt"})
SECONDS = 300.0
MOST_PAGES = 10_000
FAILURES = (
    BotoCoreError, ClientError, ResponseParserError, NotReadOnly, OSError, UnicodeDecodeError,
    RecursionError,
)  # fmt: skip
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "403",
    "AllAccessDisabled",
    "KMS.AccessDeniedException",
}
MISSING = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "404"}
TOKEN = {
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidToken",
}  # fmt: skip
LOST = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "SSOTokenLoadError",
    "UnauthorizedSSOTokenError", "TokenRetrievalError",
}  # fmt: skip
HINTS = {
    "denied": "reading it needs {wants}",
    "missing": "check the bucket, the key and the version; a prefix ends in /",
    "token_expired": "log in again, or set WATCHBILL_STATE_PROFILE to a profile that may read states",
    "timeout": f"try again later, or {PULL}",
    "throttled": f"try again later, or {PULL}",
    "error": f"is WATCHBILL_STATE_REGION its region? Else {PULL}",
}


class Aws:
    """Guarded clients with the credentials that read states."""

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        self._session = botocore.session.Session(profile=profile or None)
        try:
            self._session.get_scoped_config()
        except ProfileNotFound as error:
            raise SettingsError(
                str(error),
                hint="set WATCHBILL_STATE_PROFILE to one of the profiles in ~/.aws/config",
            ) from error
        self._session.user_agent_extra = f"watchbill/{__version__}"
        # botocore itself reads AWS_DEFAULT_REGION only; a profile of its own has a region of its own
        named = region or ("" if profile else os.environ.get("AWS_REGION"))
        self._region = named or self._session.get_config_variable("region") or "us-east-1"
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        # botocore writes every answer into its debug log, and kms:Decrypt answers with a key
        logging.getLogger("botocore.parsers").setLevel(logging.INFO)

    def client(self, service: str) -> Any:
        """The client of a service; it refuses all but the operations above."""
        with self._lock:
            if service not in self._clients:
                config = Config(
                    connect_timeout=10,
                    read_timeout=60,
                    retries={"mode": "standard", "total_max_attempts": 3},
                    inject_host_prefix=False,
                )
                made = self._session.create_client(service, region_name=self._region, config=config)
                # on the client, not the session: botocore's own log-in (AssumeRole) goes by the session
                made.meta.events.register_first("before-parameter-build.*.*", _guard)
                self._clients[service] = made
            return self._clients[service]

    def keys(self, source: str, bucket: str, prefix: str) -> Iterator[str]:
        """Every key below the prefix. Raises StateError."""
        seen: set[str] = set()
        more: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = self._called(
                source, f"s3:ListBucket on {bucket}", "s3", "list_objects_v2",
                Bucket=bucket, Prefix=prefix, **more,
            )  # fmt: skip
            if "KeyCount" not in page:
                raise _unlisted(source)
            yield from (str(item["Key"]) for item in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            token = str(page.get("NextContinuationToken") or "")
            if not token or token in seen:
                raise _unlisted(source)
            seen.add(token)
            more = {"ContinuationToken": token}
        raise _unlisted(source)

    def read(
        self, source: str, bucket: str, key: str, more: Mapping[str, str]
    ) -> tuple[bytes, str]:
        """An object and its ETag. Raises StateError."""
        wants = f"s3:GetObject on {bucket}/{key} (and kms:Decrypt where S3 encrypts it with a key)"
        problem = None
        try:
            answer = self.client("s3").get_object(Bucket=bucket, Key=key, **more)
            body = answer["Body"]
            with body:
                pieces = body.iter_chunks(1 << 16)
                return gathered(source, pieces, answer.get("ContentLength")), str(
                    answer.get("ETag") or ""
                )
        except FAILURES as error:
            problem = _failure(source, error, wants)
        raise problem

    def decrypt(self, source: str, blob: bytes, context: Mapping[str, str]) -> bytes:
        """The data key in the blob. Raises StateError."""
        wants = (
            "kms:Decrypt on the key that OpenTofu's encryption block names: its data key lies encrypted "
            "in the state, and watchbill decrypts nothing else"
        )
        answer = self._called(
            f"{source}: its key in AWS KMS", wants, "kms", "decrypt",
            CiphertextBlob=blob, EncryptionContext=dict(context),
        )  # fmt: skip
        return bytes(answer.get("Plaintext") or b"")

    def _called(self, source: str, wants: str, service: str, name: str, **parameters: Any) -> Any:
        problem = None
        try:
            return getattr(self.client(service), name)(**parameters)
        except FAILURES as error:
            problem = _failure(source, error, wants)
        raise problem


@dataclass(frozen=True)
class Stored:
    """A state in a bucket."""

    source: str
    bucket: str
    key: str
    aws: Aws = field(repr=False)
    version: str = ""
    named: bool = True
    seconds: float = SECONDS

    def read(self) -> tuple[bytes, str]:
        """The bytes and their ETag."""
        more = {"VersionId": self.version} if self.version else {}
        return self.aws.read(self.source, self.bucket, self.key, more)

    def still(self, stamp: str) -> bool:
        """Whether the object is still the one that was read; a version never changes."""
        if self.version or not stamp:
            return True
        try:
            _, now = self.aws.read(self.source, self.bucket, self.key, {"IfNoneMatch": stamp})
        except StateError as error:
            if error.kind == "same":
                return True
            raise
        return now == stamp


def _guard(model: Any, **_: Any) -> None:
    service = model.service_model.service_name
    if f"{service}.{xform_name(model.name)}" not in ALLOWED:
        raise NotReadOnly(
            f"{service}:{model.name} is not in the list of operations that read a state",
            hint="nothing was sent",
        )


def _unlisted(source: str) -> StateError:
    return StateError(
        f"{source}: the list of what is in the bucket is not whole",
        hint="name the states by their keys, or try again",
    )


def _failure(source: str, error: BaseException, wants: str) -> StateError:
    """The refusal of a state that AWS did not give."""
    code, said = type(error).__name__, ""
    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        code, said = str(told.get("Code", "")), " ".join(str(told.get("Message", "")).split())
    kind = "error"
    for name, known in (
        ("same", {"304"}), ("denied", DENIED), ("missing", MISSING), ("token_expired", TOKEN | LOST),
        ("timeout", {"ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"}),
        ("throttled", {"SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"}),
    ):  # fmt: skip
        kind = name if code in known else kind
    what = f"{code}: {said:.300}" if said else code
    hint = HINTS.get(kind, "").format(wants=wants)
    return StateError(f"{source}: {what}", hint=hint, kind=kind)
