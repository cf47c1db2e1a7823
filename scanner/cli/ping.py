"""Tells a watcher of cron jobs that a scan began and how it ended: it tells people when none did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanner.errors import BUG, INTERRUPTED, SettingsError, WatchbillError
from scanner.settings import Secret

SECONDS = 10


class Ending:
    """How the scan ended; what nobody says is a bug."""

    exit_code = BUG


@contextmanager
def pinged(url: Secret | None, note: Callable[[str], None]) -> Iterator[Ending]:
    """Ask for URL/start, and for URL/EXIT_CODE when the block is left by whatever way.

    The form is that of https://healthchecks.io/docs/http_api/. A watcher that cannot be reached is noted and
    changes nothing. Raises SettingsError where the URL is none of http(s).
    """
    ending = Ending()
    if not url:
        yield ending
        return
    base = url.reveal().rstrip("/")
    if not base.startswith(("https://", "http://")):
        raise SettingsError("ping_url is no URL of http or https", hint="mend the setting")
    _ask(f"{base}/start", note)
    try:
        yield ending
    except WatchbillError as error:
        ending.exit_code = error.exit_code
        raise
    except KeyboardInterrupt:
        ending.exit_code = INTERRUPTED
        raise
    finally:
        _ask(f"{base}/{ending.exit_code}", note)


def _ask(url: str, note: Callable[[str], None]) -> None:
    import urllib.request

    try:
        # its scheme was looked at
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310
            pass
    except (OSError, ValueError) as error:
        # the URL is a secret: whoever has it can say that all is well
        note(
            f"ping_url could not be told: {getattr(error, 'reason', None) or type(error).__name__}"
        )
