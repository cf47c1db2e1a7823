"""The findings that were there when a gate was put up: they fail it only when they grow worse.

A baseline is a JSON file, keyed by fingerprint, that only shrinks: what is fixed leaves it at the next
write, and nothing ever enters it again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from scanner.errors import WaiverError
from scanner.judge.whole import write_whole
from scanner.model import OPEN, SEVERITIES, Finding, Report, Severity


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding as it was."""

    severity: Severity
    rule: str
    resource: str


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was there, and the scan that last said so."""

    baseline: int
    scan: str
    now: str
    findings: dict[str, Known]

    def excuses(self, finding: Finding, report: Report) -> bool:
        """Whether a finding was there before and is no worse, and has not been away in between."""
        known = self.findings.get(finding.fingerprint)
        if known is None or SEVERITIES.index(finding.severity) < SEVERITIES.index(known.severity):
            return False
        return not self._came_back(finding, report)

    def _came_back(self, finding: Finding, report: Report) -> bool:
        """It is new, though a scan no older than this baseline was there to see it."""
        previous = report.scan.previous
        return finding.status == "new" and previous is not None and previous >= self.scan


def made(report: Report) -> Baseline:
    """A baseline of everything that is open in a scan."""
    findings = {f.fingerprint: _known(f) for f in report.findings if f.status in OPEN}
    return Baseline(1, report.scan.id, report.scan.now, dict(sorted(findings.items())))


def shrunk(baseline: Baseline, report: Report) -> Baseline:
    """What of a baseline is still there, or could not be looked at; a finding that got better stays so."""
    here = {f.fingerprint: f for f in report.findings if f.status != "gone"}
    kept = {
        print_: _milder(known, here[print_])
        for print_, known in baseline.findings.items()
        if print_ in here and not baseline._came_back(here[print_], report)
    }
    return Baseline(1, report.scan.id, report.scan.now, kept)


def _known(finding: Finding) -> Known:
    return Known(finding.severity, finding.rule, finding.resource)


def _milder(known: Known, finding: Finding) -> Known:
    better = SEVERITIES.index(finding.severity) > SEVERITIES.index(known.severity)
    return _known(finding) if better and finding.status in OPEN else known


def read(path: str | Path) -> Baseline:
    """The baseline of a file. Raises WaiverError where it is none."""
    hint = "`watchbill waivers baseline FILE` makes one"
    try:
        found = msgspec.json.decode(Path(path).read_bytes(), type=Baseline)
    except FileNotFoundError as error:
        raise WaiverError(f"{path}: no such file", hint=hint) from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WaiverError(f"{path}: not a baseline: {error}", hint=hint) from error
    if found.baseline != 1:
        raise WaiverError(f"{path}: a baseline of version {found.baseline}", hint="use version 1")
    return found


def write(baseline: Baseline, path: Path) -> None:
    """Put it there whole. Raises WaiverError where it cannot be written."""
    text = msgspec.json.format(msgspec.json.encode(baseline), indent=1) + b"\n"
    write_whole(path, text)
