"""Every way a call can fail has one word."""

from __future__ import annotations

import pytest
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from scanner.collect.failure import classify
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.reply import MalformedReply
from scanner.errors import NotReadOnly

URL = {"endpoint_url": "https://example.com"}
SCP = "explicit deny in a service control policy"


def client_error(code: str, http: int = 400, message: str = "no") -> aws.ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": http},
    }
    return aws.ClientError(answer, "ListThings")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (client_error("AccessDenied", 403), "denied"),
        (client_error("AccessDeniedException"), "denied"),
        (client_error("UnauthorizedOperation", 403), "denied"),
        (client_error("AuthorizationError", 403), "denied"),
        (client_error("NotAllowedHereException", 403), "denied"),
        (client_error("Whatever", 429), "throttled"),
        (client_error("Whatever", 501), "unsupported"),
        (client_error("KMS.AccessDeniedException"), "denied"),
        (client_error("SomeNewAccessDenied"), "denied"),
        (client_error("403", 403), "denied"),
        (client_error("AccessDenied", 403, f"with an {SCP}"), "denied_by_scp"),
        (client_error("UnauthorizedOperation", 403, SCP.upper()), "denied_by_scp"),
        (client_error("Throttling"), "throttled"),
        (client_error("ThrottlingException"), "throttled"),
        (client_error("RequestLimitExceeded", 503), "throttled"),
        (client_error("SlowDown", 503), "throttled"),
        (client_error("TooManyRequestsException", 429), "throttled"),
        (client_error("OptInRequired", 403), "region_off"),
        (client_error("ExpiredToken", 403), "token_expired"),
        (client_error("ExpiredTokenException"), "token_expired"),
        (client_error("InvalidClientTokenId", 403), "token_expired"),
        (client_error("AuthFailure", 401), "token_expired"),
        (client_error("SignatureDoesNotMatch", 403), "token_expired"),
        (client_error("UnsupportedOperation"), "unsupported"),
        (client_error("InvalidAction"), "unsupported"),
        (client_error("X", 400, "Action DescribeX is Not Yet Implemented"), "unsupported"),
        (client_error("ResourceNotFoundException"), "vanished"),
        (client_error("ClusterNotFound"), "vanished"),
        (client_error("NoSuchBucket", 404), "vanished"),
        (client_error("404", 404), "vanished"),
        (client_error("InternalFailure", 500), "error"),
        (client_error("ValidationError"), "error"),
        (client_error("", 0), "error"),
        (aws.ClientError({}, "ListThings"), "error"),
        (aws.ReadTimeoutError(**URL), "timeout"),
        (aws.ConnectTimeoutError(**URL), "timeout"),
        (TimeoutError(), "timeout"),
        (aws.EndpointConnectionError(**URL), "unsupported"),
        (aws.ConnectionClosedError(**URL), "error"),
        (aws.NoCredentialsError(), "token_expired"),
        (aws.PartialCredentialsError(provider="env", cred_var="x"), "token_expired"),
        (aws.CredentialRetrievalError(provider="sso", error_msg="x"), "token_expired"),
        (aws.TokenRetrievalError(provider="sso", error_msg="x"), "token_expired"),
        (aws.SSOTokenLoadError(error_msg="x"), "token_expired"),
        (aws.UnauthorizedSSOTokenError(), "token_expired"),
        (MalformedReply("cut"), "malformed"),
        (ResponseParserError("no XML"), "malformed"),
        (aws.PaginationError(message="the same next token twice"), "malformed"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), "malformed"),
        (RecursionError(), "malformed"),
        (NotReadOnly("s3:DeleteBucket"), "refused"),
        (aws.ParamValidationError(report="x"), "error"),
        (KeyError("x"), "error"),
        (MemoryError(), "error"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value)[:40],
)
def test_a_failure_has_its_word(error: BaseException, status: str) -> None:
    assert classify(error).status == status


def test_the_code_is_awss_and_the_message_is_one_short_line() -> None:
    failure = classify(client_error("AccessDenied", 403, "a\nb  c" + "d" * 9999))
    assert failure.code == "AccessDenied"
    assert "a b c" in failure.message
    assert len(failure.message) == 500
    assert classify(KeyError("x")).code == "KeyError"


def entry(parent: str = "") -> Entry:
    return Entry("1", "r", "s3", "list_buckets", "aws_s3_bucket", parent)


def test_a_call_is_in_the_ledger_before_it_is_made() -> None:
    ledger = Ledger()
    with ledger.asked(entry()) as row:
        (written,) = ledger.entries()
        assert written is row
        assert (row.status, row.complete, row.finished) == ("asked", False, "")
    assert (row.status, row.complete) == ("ok", True)
    assert row.started <= row.finished


def test_a_failure_closes_the_row_and_goes_no_further() -> None:
    ledger = Ledger()
    with ledger.asked(entry()) as row:
        row.pages = 3
        raise MalformedReply("cut")
    assert (row.status, row.complete, row.error_code) == ("malformed", False, "MalformedReply")
    assert row.pages == 3
    assert row.finished


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_person_who_stops_the_scan_does_stop_it(stop: type[BaseException]) -> None:
    ledger = Ledger()
    with pytest.raises(stop), ledger.asked(entry()):
        raise stop
    (row,) = ledger.entries()
    assert not row.complete, "what was interrupted does not claim to be whole"


def test_a_row_that_was_closed_inside_stays_as_it_was_closed() -> None:
    ledger = Ledger()
    with ledger.asked(entry()) as row:
        row.end(classify(MalformedReply("fewer than asked")))
    assert (row.status, row.complete) == ("malformed", False)


def test_the_order_of_the_rows_is_not_the_order_of_the_threads() -> None:
    ledger = Ledger()
    for parent in ("b", "c", "a"):
        ledger.ask(entry(parent=parent))
    assert [row.parent for row in ledger.entries()] == ["a", "b", "c"]
