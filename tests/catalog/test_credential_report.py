"""IAM's credential report: what it says, what it leaves open, and what is no report."""

from __future__ import annotations

import pytest

from scanner.catalog.credential_report import lines

HEAD = "user,arn,password_enabled,mfa_active,access_key_1_active\n"


def test_true_and_false_are_what_they_say_but_in_names() -> None:
    (said,) = lines(HEAD + "true,a,false,true,true\n")
    assert list(said.values()) == ["true", "a", False, True, True]


def test_what_there_is_nothing_to_say_of_is_null() -> None:
    said = lines((HEAD + "<root_account>,r,not_supported,N/A,no_information\n").encode())
    assert said == [
        {"user": "<root_account>", "arn": "r", "password_enabled": None, "mfa_active": None,
         "access_key_1_active": None}
    ]  # fmt: skip
    assert lines(HEAD.encode()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"user,arn\n", b"\xff\xfe", HEAD + "a,b\n", HEAD + "a,b,c,d,e,f\n", HEAD + '"a,b\n', 7],
)
def test_what_is_not_whole_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match=r"report|utf-8"):
        lines(content)
