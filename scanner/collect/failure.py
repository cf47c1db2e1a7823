"""Why a call did not come back whole, in one word that the ledger keeps.

Codes are AWS's own; the sources are the "Common errors" page of the service API references and, for
region and service control policies, the texts AWS returns.
"""

from __future__ import annotations

from dataclasses import dataclass

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from scanner.collect.reply import MalformedReply
from scanner.collect.turn import Deadline
from scanner.errors import NotReadOnly

DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403",
    "AuthorizationError", "AuthorizationErrorException", "NotAuthorized", "UnauthorizedAccess",
    "KMS.AccessDeniedException", "AllAccessDisabled", "InsufficientPermissionsException",
}  # fmt: skip
THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "SlowDown",
    "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "BandwidthLimitExceeded", "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
    "LimitExceededException", "EC2ThrottledException",
}  # fmt: skip
TOKEN = {
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "UnrecognizedClientException",
    "IncompleteSignature", "MissingAuthenticationToken", "AuthFailure",
}  # fmt: skip
EXPIRED = {"ExpiredToken", "ExpiredTokenException"}
"""After one of these, every further call of the account would end the same way."""
REGION_OFF = {"OptInRequired", "RegionDisabledException", "SubscriptionRequiredException"}
UNSUPPORTED = {
    "UnsupportedOperation", "UnsupportedOperationException", "InvalidAction", "NotImplemented",
    "UnknownOperationException", "NotYetImplemented", "UnsupportedActionException",
    "TypeNotFoundException",
}  # fmt: skip
UNREADY = {"ReportInProgress"}
"""What was asked for is being made: worth asking again for as long as there is time."""
CREDENTIALS = (
    aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError,
    aws.TokenRetrievalError, aws.SSOTokenLoadError, aws.UnauthorizedSSOTokenError,
)  # fmt: skip
PASSING = (
    aws.HTTPClientError, aws.ConnectionError, aws.ReadTimeoutError, TimeoutError, MalformedReply,
    ResponseParserError, UnicodeDecodeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """One word for the ledger, AWS's code and AWS's own message, cut short."""

    status: str
    code: str
    message: str


class Blocked(Exception):
    """Nothing was asked, since it is known already that the account does not answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def classify(error: BaseException) -> Failure:
    """The failure behind an exception raised while AWS was asked."""
    message = " ".join(str(error).split())[:500]
    if isinstance(error, aws.ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        http = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return Failure(_client_error(code, int(http or 0), message), code, message)
    name = type(error).__name__
    if isinstance(error, Blocked):
        return error.failure
    if isinstance(error, Deadline):
        return Failure("timeout", name, message)
    if isinstance(error, CREDENTIALS):
        return Failure("token_expired", name, message)
    if isinstance(error, MalformedReply | ResponseParserError | aws.PaginationError):
        return Failure("malformed", name, message)
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return Failure("malformed", name, message)
    if isinstance(error, aws.ReadTimeoutError | aws.ConnectTimeoutError | TimeoutError):
        return Failure("timeout", name, message)
    if isinstance(error, aws.EndpointConnectionError | aws.UnknownEndpointError):
        return Failure("unsupported", name, message)
    if isinstance(error, NotReadOnly):
        return Failure("refused", name, message)
    return Failure("error", name, message)


def unready(error: BaseException) -> bool:
    """Whether AWS is still making what was asked for."""
    return (
        isinstance(error, aws.ClientError)
        and error.response.get("Error", {}).get("Code") in UNREADY
    )


def passing(error: BaseException) -> bool:
    """Whether the same question may have an answer a moment later (throttling apart)."""
    if isinstance(error, aws.ClientError):
        http = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return int(http or 0) >= 500 and int(http) != 501
    return isinstance(error, PASSING)


def _client_error(code: str, http: int, message: str) -> str:
    lower = message.lower()
    if code in DENIED or code.endswith("AccessDenied"):
        return "denied_by_scp" if "service control policy" in lower else "denied"
    if code in THROTTLED:
        return "throttled"
    if code in REGION_OFF:
        return "region_off"
    if code in TOKEN:
        return "token_expired"
    if code in UNREADY:
        return "timeout"
    if code in UNSUPPORTED or http == 501 or "not yet implemented" in lower:
        return "unsupported"
    if http in (401, 403):  # some services have codes of their own for it
        return "denied"
    if http == 429:
        return "throttled"
    if http == 404 or code.endswith(("NotFound", "NotFoundException")) or code.startswith("NoSuch"):
        return "vanished"
    return "error"
