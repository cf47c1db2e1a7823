"""Sends a letter by one channel, through Apprise. No address of a channel is ever shown or logged."""

from __future__ import annotations

import logging
import os
from typing import Any

from scanner.errors import SettingsError

VARIABLE = "env:"


def send(channel: Any, title: str, body: str) -> str:
    """Send it; `` where it arrived, else why not, without the address. `channel` is a settings.Secret.

    Raises SettingsError where Apprise is not installed.
    """
    try:
        import apprise
    except ImportError as error:
        raise SettingsError(
            "Apprise is not installed, and sends the digests",
            hint='pip install "watchbill[notify]"',
        ) from error
    address = channel.reveal()
    if address.startswith(VARIABLE):
        variable = address.removeprefix(VARIABLE)
        address = os.environ.get(variable, "")
        if not address:
            return f"the variable {variable} is not set"
    # its log lines hold addresses
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    kind = address.partition("://")[0][:20] if "://" in address else "?"
    post = apprise.Apprise()
    try:
        if not post.add(address):
            return f"{kind}: no address that Apprise knows"
        arrived = post.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # whatever a channel's own code raises may hold the address
        return f"{kind}: {type(error).__name__}"
    return "" if arrived else f"{kind}: it was not taken"
