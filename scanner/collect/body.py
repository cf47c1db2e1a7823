"""The body of a reply, read in pieces, so that one that trickles in does not hold a scan for ever.

A read timeout alone starts anew with every byte that comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError

from scanner.collect.turn import turn

PIECE = 1 << 18


class Bounded:
    """A client's HTTP session with an end to every request: headers and body within `seconds`."""

    def __init__(self, http: Any, seconds: float, clock: Callable[[], float]) -> None:
        self._http = http
        self._seconds = seconds
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._http, name)

    def send(self, request: Any) -> Any:
        """The whole response. Raises what botocore raises, and its ReadTimeoutError at the end."""
        until = min(turn().until, self._clock() + self._seconds)
        streamed, request.stream_output = request.stream_output, True
        response = self._http.send(request)
        if not streamed:
            response._content = self._read(response.raw, request, until)
        return response

    def _read(self, raw: Any, request: Any, until: float) -> bytes:
        from urllib3 import exceptions

        pieces = []
        try:
            while piece := raw.read1(PIECE):
                pieces.append(piece)
                if self._clock() > until:
                    raw.close()
                    raise ReadTimeoutError(endpoint_url=request.url)
        except exceptions.ReadTimeoutError as error:
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except exceptions.ProtocolError as error:
            raise ConnectionClosedError(
                error=error, request=request, endpoint_url=request.url
            ) from error
        except exceptions.HTTPError as error:
            raise HTTPClientError(error=error) from error
        return b"".join(pieces)
