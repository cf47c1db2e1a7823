"""Every failure a user can cause or meet: one class a stage, and each message says what to do next."""

from __future__ import annotations

PASSED = 0
GATE_FAILED = 1
USAGE = 2
INCOMPLETE = 3
CREDENTIALS = 4
LOCKED = 5
BUG = 70
INTERRUPTED = 130


class WatchbillError(Exception):
    """A failure with a message for people and the exit code the process ends with."""

    exit_code = BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}\n  {hint}" if hint else message)


class SettingsError(WatchbillError):
    """watchbill.yaml, an environment variable or a flag says something that cannot be used."""

    exit_code = USAGE


class StateError(WatchbillError):
    """A Terraform state could not be read; `kind` is the word the ledger keeps."""

    exit_code = INCOMPLETE

    def __init__(self, message: str, *, hint: str = "", kind: str = "malformed") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        if kind == "missing":
            self.exit_code = USAGE  # nothing went wrong with a state; there is none by that name


class CredentialsError(WatchbillError):
    """AWS cannot be asked at all: no credentials, expired ones, or ones it refuses."""

    exit_code = CREDENTIALS


class CollectError(WatchbillError):
    """A collector specification, or an answer that could not be taken for data."""


class NotReadOnly(CollectError):
    """Code asked AWS for an operation that no collector lists; nothing was sent."""


class StoreError(WatchbillError):
    """A snapshot cannot be written, found or opened."""

    exit_code = USAGE


class ScanLocked(WatchbillError):
    """Another scan is writing into the same store."""

    exit_code = LOCKED


class ScanInvalid(WatchbillError):
    """The scan's own proof of correctness failed, so its silence would mean nothing."""


class RuleError(WatchbillError):
    """A rule file is not what it promises to be."""

    exit_code = USAGE


class WaiverError(WatchbillError):
    """waivers.yaml, or a baseline, says something that cannot be used."""

    exit_code = USAGE


class ReportError(WatchbillError):
    """A report cannot be written where or as it was asked for."""

    exit_code = USAGE


class ReplayError(WatchbillError):
    """A recorded world cannot be served."""
