"""Acts carried out: one way through for all of them, with ledger, files and index files in step.

The order is such that a kill at any moment loses nothing that was acknowledged, and shows nothing that isn't wholly
there: bytes in the store, links where clients download, the ledger's transaction (from then on it is true), index
files, the answer. Requests that arrive meanwhile are carried out together: each makes its own snapshot, one
transaction and one index serve them all.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from ownconda.channels.attested import shown_files
from ownconda.channels.batches import Ahead, Batch
from ownconda.channels.changes import archiving_change, check_names, check_purged
from ownconda.channels.deciding import Deciding, check_passed
from ownconda.channels.gatekeeping import Judged, RefusedError
from ownconda.channels.journal import Journal
from ownconda.channels.kept_verdicts import KeptVerdict
from ownconda.channels.ledger.ledger import Ledger
from ownconda.channels.ledger.verdicts import keep_refusals
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.noting_verdicts import Asking, kept
from ownconda.channels.one_channel import OneChannel
from ownconda.channels.public import Prepared
from ownconda.channels.requests import Done, Plan, Request
from ownconda.channels.shown_terms import shown_terms
from ownconda.channels.snapshots import Change, Kind, MovedError, Snapshot
from ownconda.conda.records import Record
from ownconda.errors import OwncondaError
from ownconda.stores.store import Store

TRIES = 3
"""How often it is decided anew when a lock was lost, with the connection to the database, and others came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Requests to a channel that are carried out together, at a time, and the archive of what enters it.

    ``beside`` are the channels with which it is judged: they mustn't move either.
    """

    channel: OneChannel
    archive: OneChannel | None
    beside: Sequence[OneChannel]
    at: int


class CarryingOut:
    """What carrying out acts on a forge's channels needs; its methods may be called from any thread."""

    def __init__(self, ledger: Ledger, store: Store, deciding: Deciding, journal: Journal) -> None:
        self._ledger = ledger
        self._store = store
        self._deciding = deciding
        self._journal = journal
        self._naming = threading.Lock()

    def plan(self, channel: OneChannel, request: Request, *, at: int) -> Plan:
        """Tell what an act would do, and what the gate would say. Raises what else would keep it from being done."""
        holds = self._ledger.holds(channel.name)
        return self._deciding.plan(channel, request, channel.state(), holds, at=at)

    def carry_out(self, of: Round, request: Request, changing: AbstractContextManager[None]) -> Done:
        """Carry out what is asked of a channel, together with what else waits there.

        ``changing`` holds the locks of all channels of the round, as long as it `is_open`. Raises what keeps it from
        being done.
        """
        if self._deciding.is_judged(of.channel):
            request.judgement = self._judgement(of, request)  # it takes long, and holds nobody up
        of.channel.ask(request)
        with changing:
            if request.answer is None:
                asked = of.channel.asked()
                self._carry_out_all(of, asked)
                of.channel.answered(len(asked))
        return request.done()

    def _judgement(self, of: Round, request: Request) -> Judged | None:
        try:
            return self.plan(of.channel, request, at=of.at).judgement
        except RefusedError as refused:
            keep_refusals(self._ledger.engine, [_refused(of, request, refused)])
            raise

    def commit(self, batch: Batch, beside: Sequence[OneChannel] = ()) -> tuple[Snapshot, ...]:
        """Let a batch come true if the channels ``beside`` don't move; the caller holds the locks of all of them.

        Raises MovedError when other processes moved one, since the lock was lost.
        """
        unmoved = {one.name: one.state().snapshot for one in beside if one.broken is None}
        indexes = [(ahead, _prepared(ahead)) for ahead in batch.channels()]  # what can't be indexed isn't committed
        written: tuple[Snapshot, ...] = ()
        if batch.drafts:
            with self._names_kept():
                self._journal.note(batch, known=self.check_names(batch.records()))
                for ahead in batch.channels():
                    entering = {entry.path: entry for entry in ahead.change.added}
                    self._store.show(shown_files(ahead.channel.folder, entering), durable=False)
                written = self._ledger.commit(batch.drafts, unmoved | batch.parents())
        heads = batch.parents() | {snapshot.channel: snapshot for snapshot in written}
        for ahead, index in indexes:
            head = heads.get(ahead.channel.name, ahead.parent)
            if ahead.changes:
                ahead.channel.move(replace(ahead.state, snapshot=head), ahead.change)
            _write(ahead, index, head)
        return written

    def check_names(self, records: Sequence[Record]) -> Mapping[str, str]:
        """Check that these may enter the forge; give the sha256 of the paths that it knows. Raises ConflictError."""
        known, purged = self._ledger.known(records)
        check_purged(purged)
        check_names(records, known)
        return known

    @contextmanager
    def _names_kept(self) -> Iterator[None]:
        """Let nobody else take names while the block runs: the journal is to have them in the ledger's order."""
        locks = self._ledger.locks
        with self._naming, locks.held(["names"]) if locks and self._journal.path else nullcontext():
            yield

    def _carry_out_all(self, of: Round, requests: Sequence[Request]) -> None:
        """Carry out requests together, or each on top of the one before it where that one may decide about it."""
        try:
            if len(requests) == 1 or not self._decides_about_others(of.channel, requests):
                self._carry_out_together(of, requests)
                return
        except Exception as error:  # noqa: BLE001  (each who waits has to be told, by its own thread)
            if len(requests) == 1:
                requests[0].answer = error
                return
        for request in requests:  # whose fault it is shows when each goes alone
            self._carry_out_all(of, [request])

    def _decides_about_others(self, channel: OneChannel, requests: Sequence[Request]) -> bool:
        """Tell whether a gate judges what the one before leads to, or a request notes what may enter after it."""
        return any(request.notes for request in requests) or self._deciding.is_judged(channel)

    def _carry_out_together(self, of: Round, requests: Sequence[Request], *, tries: int = TRIES) -> None:
        batch, holds = Batch(), self._ledger.holds(of.channel.name)
        drafted: list[tuple[Request, Plan, int | None]] = []
        refusals: list[KeptVerdict] = []
        for request in requests:
            request.answer = None
            try:
                plan = self._deciding.plan(of.channel, request, batch.state(of.channel), holds, at=of.at)
                check_passed(plan)
            except RefusedError as error:
                request.answer = error
                refusals.append(_refused(of, request, error))
            except OwncondaError as error:
                request.answer = error
            else:
                drafted.append((request, plan, _drafted(batch, of, request, plan)))
        try:
            written = self.commit(batch, of.beside)
        except MovedError:
            if not tries:
                raise
            for one in (of.channel, *([of.archive] if of.archive else []), *of.beside):
                one.follow()
            self._carry_out_together(of, requests, tries=tries - 1)
            return
        if refusals and self._deciding.is_judged(of.channel):
            keep_refusals(self._ledger.engine, refusals)
        for request, plan, number in drafted:
            snapshot = of.channel.state().snapshot if number is None else written[number]
            request.answer = Done(snapshot=snapshot, change=plan.change, judgement=plan.judgement)


def is_open(channel: OneChannel, request: Request) -> bool:
    """Tell whether a request isn't answered yet, and wait for company then; the caller holds the channel's lock.

    Other processes aren't kept out meanwhile: they have no part in it.
    """
    if request.answer is None:
        channel.await_company()
    return request.answer is None


def _prepared(ahead: Ahead) -> Prepared:
    terms = shown_terms(ahead.state.terms)
    return ahead.channel.index.prepared(ahead.state.contents, ahead.change, terms=terms)


def _write(ahead: Ahead, prepared: Prepared, head: Snapshot) -> None:
    index = ahead.channel.index
    if index.is_distrusted:
        index.write_anew(ahead.state.contents, head, terms=shown_terms(ahead.state.terms))
    else:
        index.write(prepared, head)


def _drafted(batch: Batch, of: Round, request: Request, plan: Plan) -> int | None:
    """Add to a batch what a plan leads to, if anything, and give its place among the drafts."""
    if not plan.change and not request.always:
        return None
    draft = Draft(
        channel=of.channel.name,
        kind=plan.kind,
        change=plan.change,
        author=request.author,
        reason=request.reason,
        at=of.at if request.at is None else request.at,
        waived=request.waived,
        notes=request.notes,
        verdict=kept(plan.judgement, _asking(of, request, plan.kind)) if plan.judgement else None,
        also=request.also,
    )
    number = len(batch.drafts)
    batch.add(of.channel, draft)
    if of.archive:
        archived = archiving_change(batch.state(of.archive).contents, plan.change.added, at=of.at)
        if archived:
            batch.add(of.archive, _archived(draft, of.archive, archived))
    return number


def _archived(draft: Draft, archive: OneChannel, change: Change) -> Draft:
    reason = f"{draft.kind} in {draft.channel}"
    alone: dict[str, Any] = {"waived": {}, "notes": (), "verdict": None, "also": None}
    return replace(draft, channel=archive.name, kind=Kind.ARCHIVING, change=change, reason=reason, **alone)


def _refused(of: Round, request: Request, refused: RefusedError) -> KeptVerdict:
    return kept(refused.judgement, _asking(of, request, refused.kind))


def _asking(of: Round, request: Request, act: Kind) -> Asking:
    return Asking(
        channel=of.channel.name,
        act=act,
        author=request.author,
        reason=request.reason,
        at=of.at,
        waived=request.waived,
    )
