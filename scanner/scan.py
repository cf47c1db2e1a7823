"""One scan: collect, read what was declared, store, derive, judge, and the report of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from scanner import __version__, shipped
from scanner.catalog import load
from scanner.collect.accounts import Estate, survey, unseen
from scanner.collect.details import read_details
from scanner.collect.engine import CORES, Collected, Engine, Progress
from scanner.collect.last_accessed import last_accessed
from scanner.collect.last_writes import drifted, last_writes
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.longtail import identify
from scanner.collect.makers import makers
from scanner.collect.rows import Row
from scanner.collect.session import Session, extra
from scanner.collect.tagpolicy import tags_asked
from scanner.collect.unfinished import Unfinished, question
from scanner.declared import State, read_states
from scanner.declared.answering import read_sources
from scanner.derive.elsewhere import accounts_gap
from scanner.derive.facts import Facts, derive
from scanner.derive.groups import groups
from scanner.derive.names import former, outlived_names
from scanner.derive.stories import stories
from scanner.directory import merged
from scanner.garbage import kept, seldom
from scanner.judge.before import scan_before
from scanner.judge.figures import figures
from scanner.judge.load import load_rules
from scanner.judge.report import encoded, judge
from scanner.lock import locked
from scanner.model import Report, Rule
from scanner.secrets import hider
from scanner.seen import GLOBAL, Seen
from scanner.settings import Settings
from scanner.store import snapshot as store
from scanner.store.history import History
from scanner.store.paths import expand, find_paths
from scanner.store.room import room
from scanner.store.tables import facts_tables, member_rows, story_rows
from scanner.store.uses import insert_uses, mattering
from scanner.waiver import Waiver


@dataclass
class Scanned:
    """What a scan leaves: the published snapshot, its report, and how the time was spent."""

    snapshot: Path
    report: Report
    states: list[State]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock:
    """When the scan runs, and the moment that rules judge by."""

    started: str
    now: str


def stamp(moment: datetime) -> str:
    """A moment as every output has it: UTC, seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scan(
    settings: Settings,
    *,
    now: datetime | None = None,
    progress: Progress | None = None,
    note: Callable[[str], None] = lambda _: None,
    session: Session | None = None,
    fresh: bool = False,
) -> Scanned:
    """Run one scan and publish its snapshot. `fresh`: take up nothing of one that broke off.

    Raises SettingsError, WaiverError, StateError (a state that is not there), RuleError and CredentialsError
    before AWS is asked; ScanLocked where another scan uses the store; ScanInvalid where its own proof fails;
    StoreError without room to write. What AWS refuses is in the report's coverage and raises nothing.
    """
    seconds: dict[str, float] = {}
    folder = Path(settings.store)
    with locked(folder), seldom(), room(folder):
        moment = datetime.now(UTC)
        now = now or moment
        clock = Clock(stamp(moment), stamp(now))
        with _timed(seconds, "read rules and states"):
            rules = rules_of(settings)
            sources = read_sources(settings, now.date())
            waivers = waivers_of(settings, date.fromisoformat(clock.now[:10]))
            states = read_states(list(settings.states), settings)
        for state in (s for s in states if s.status != "ok"):
            note(state.message)
        scan_id, hide = store.new_id(moment), hider(folder)
        if settings.authorization_details:
            with _timed(seconds, "read files"):
                estate, collected = read_details(settings.authorization_details, hide)
            unfinished = session = None
        else:
            with _timed(seconds, "connect"):
                session = session or session_for(settings)
            estate, collected, unfinished = _asked(
                settings, folder, scan_id, session, hide, seconds, note, progress, fresh
            )
            if settings.tag_policies:
                tags = tags_asked(session, estate.accounts, collected.ledger)
                sources = replace(sources, asked=tags)
        _state_entries(states, collected, estate.caller.account)
        seen = Seen(collected.ledger.entries())
        everybody = merged([sources.directory, groups(collected.rows, seen)])
        sources = replace(sources, directory=everybody)
        asked, most = collected.ledger, settings.creator_lookups
        with _timed(seconds, "derive"):
            facts = derive(
                [d for state in states for d in state.instances],
                collected.rows,
                seen,
                settings,
                hide,
                states_whole=all(s.status in ("ok", "stale") for s in states) and bool(states),
                now=now,
                sources=sources,
                states=[state.source for state in states],
                ask=partial(makers, session, estate.accounts, asked, most, now),
                identified=collected.identified,
            )
        entries = collected.ledger.entries()
        store.clean(folder)
        with (
            store.Writer(folder, scan_id) as writer,
            History(folder, ignored_tags=settings.ignored_tags, note=note) as history,
        ):
            with _timed(seconds, "store"):
                gap = accounts_gap(estate, collected.rows, seen, named_all=settings.organization)
                _store(writer, clock, estate, gap, states, entries, collected.rows, facts, settings)
                gone = outlived_names(collected.rows, facts.names)
                facts.stored(collected.rows)
            with _timed(seconds, "last writes"):
                ledger, most = Ledger(), settings.change_lookups
                writes = last_writes(session, estate.accounts, ledger, most, now, drifted(facts))
                entries += _late(writer, ledger)
            with _timed(seconds, "history"):
                newest, texts = _previous(folder)
                previous = scan_before(texts, history.former(newest))
                known = history.known()
                writer.close()
                history.record(writer.partial)
                told = stories(history.past(), facts.matching, states, settings.owner_tags)
                writer.insert("stories", story_rows(told))
                writer.insert(
                    "former_names", former(history.named(gone), gone, facts.declared_names)
                )
            with _timed(seconds, "last uses"):
                ledger, about = Ledger(), mattering(writer, settings.use_lookups)
                uses = last_accessed(session, estate.accounts, ledger, about)
                insert_uses(writer, uses, history.standing)
                entries += _late(writer, ledger)
            with _timed(seconds, "judge"):
                report = judge(
                    writer,
                    rules,
                    previous=previous,
                    settings=settings,
                    clock=(clock.started, clock.now),
                    scopes=estate.scopes,
                    members=estate.members,
                    entries=entries,
                    facts=facts,
                    states=states,
                    known=known,
                    told=told,
                    writes=writes,
                    history_gap=history.trouble,
                    waivers=waivers,
                    directory=sources.directory,
                )
            with _timed(seconds, "history of findings"):
                writer.close()
                history.conclude(writer.partial)
                report = replace(report, figures=figures(history.measured(), report.findings))
                if history.trouble and history.trouble not in report.notes:
                    report = replace(report, notes=(*report.notes, history.trouble))
                writer.insert_report(encoded(report))
            with _timed(seconds, "publish"):
                published = writer.publish()
                history.publish()
                if unfinished:
                    unfinished.remove()
                if settings.keep_days is not None:
                    store.expire(folder, moment - timedelta(days=settings.keep_days))
    return Scanned(published, report, states, seconds)


def _asked(
    settings: Settings,
    folder: Path,
    scan_id: str,
    session: Session,
    hide: Callable[[str], str],
    seconds: dict[str, float],
    note: Callable[[str], None],
    progress: Progress | None,
    fresh: bool,
) -> tuple[Estate, Collected, Unfinished]:
    """What AWS says: its accounts and everything in them."""
    with _timed(seconds, "survey"):
        estate = survey(session, settings, scan_id)
    for member in estate.members:
        if member.reason:
            note(f"account {member.id} is {member.status}: {member.reason}")
    unfinished = Unfinished(
        folder,
        question(load(), estate.accounts, session.endpoint(estate.first), hide),
        seconds=settings.run_seconds,
        fresh=fresh,
    )
    if unfinished.done:
        note(unfinished.words)
    with _timed(seconds, "collect"), unfinished:
        engine = Engine(
            session,
            estate.accounts,
            hide=hide,
            workers=settings.workers,
            # the tagging API's limit is one for all services, which else have one each
            processes=1 if settings.tagging_api else CORES,
            task_seconds=settings.task_seconds,
            run_seconds=settings.run_seconds,
            unfinished=unfinished,
            tagging=settings.tagging_api,
        )
        collected = engine.run(load(), progress)
        if settings.long_tail:
            found = identify(session, estate.accounts, collected, settings.task_seconds)
            collected = replace(collected, identified=found)
    collected.ledger.take((*estate.entries, *unseen(estate, load().values())))
    return estate, collected, unfinished


def session_for(settings: Settings) -> Session:
    """The session of a scan; only one that is to reach further accounts may ask for them."""
    seconds = settings.call_seconds
    return Session(workers=settings.workers, call_seconds=seconds, also=extra(settings))


def rules_of(settings: Settings) -> dict[str, Rule]:
    """The rules this scan runs, with the settings' parameters. Raises RuleError, SettingsError."""
    from scanner.judge.choose import choose

    return choose(every_rule(settings), settings)


def every_rule(settings: Settings) -> Mapping[str, Rule]:
    """All rules that there are, disabled ones too. Raises RuleError."""
    return load_rules([shipped.rules(), *(Path(folder) for folder in settings.rules)])


def waivers_of(settings: Settings, today: date) -> tuple[Waiver, ...]:
    """The waivers of the settings' file. Raises WaiverError."""
    from scanner.judge.waiver_file import read

    return read(settings.waivers, every_rule(settings), today) if settings.waivers else ()


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    kept()
    seconds[name] = round(time.monotonic() - started, 3)


def _state_entries(states: Sequence[State], collected: Collected, account: str) -> None:
    """A ledger row a declared source: a state that could not be read is a gap like any other."""
    for state in states:
        entry = Entry(account, GLOBAL, "state", "read", "", state.source, pages=1)
        collected.ledger.ask(entry)
        entry.items = len(state.instances)
        entry.end()
        if state.status not in ("ok", "stale"):
            entry.status, entry.complete, entry.message = state.status, False, state.message


def _late(writer: store.Writer, ledger: Ledger) -> list[Entry]:
    """What was asked once the tables were made, put into them too."""
    writer.insert("ledger", late := ledger.entries())
    return late


def _store(
    writer: store.Writer,
    clock: Clock,
    estate: Estate,
    gap: str | None,
    states: Sequence[State],
    entries: Sequence[Entry],
    rows: Sequence[Row],
    facts: Facts,
    settings: Settings,
) -> None:
    writer.insert(
        "scan",
        [
            {
                "id": writer.id,
                "version": __version__,
                "started": clock.started,
                "finished": None,
                "seen_at": clock.now,
                "accounts": sorted({account for account, _ in estate.scopes}),
                "own_accounts": [member.id for member in estate.members],
                "accounts_gap": gap,
                "regions": list(estate.asked),
                "ignored_tags": list(settings.ignored_tags),
                "canary": 1,
            }
        ],
    )
    writer.insert("accounts", member_rows(estate.members))
    for table, made in facts_tables(clock.now, entries, states, rows, facts, settings.ignored_tags):
        writer.insert(table, made)
    expand(writer, facts.interest.inputs(), clock.now)
    find_paths(writer, clock.now)


def _previous(folder: Path) -> tuple[str, Iterable[str]]:
    """The newest published scan: its id, and its report as the snapshot holds it."""
    found = store.published(folder)
    return (found[-1].stem, store.report(found[-1])) if found else ("", ())
