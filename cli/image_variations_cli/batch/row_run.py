"""One row, from its source to its files: read, fitted, sent until there is an outcome, written, recorded."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping

from attrs import define, evolve, field
from image_variations import Attempt, CallTimeoutError, Client, ImagesResponse, ImageVariationsError

from ..errors import ImageRefusedError
from ..events import Event, RowDone, RowFailed, RowUnknown, RowWaits
from ..fitting import run_in_pool
from ..ledger import Claim, Ledger, Record
from ..rows import Billed, State
from ..storage import ImageFiles
from ..text import show_text
from .calls import fetch_all, request_variations
from .causes import CommonCause, concerns_every_row
from .contents import ChangedError, FitImage, Fitted, read_source
from .disk import Disk
from .pace import Pace
from .sending import LostError, Sending, WithdrawnError
from .slots import Slots


@define(eq=False)
class RowRunner:
    """Runs rows. All that they share is here.

    Attributes:
        slots: One for each request that may be under way.
        writing: Bounds how many responses are written down at once. A row keeps its place until it is its turn.
        contents: The content of sources that have no path, by the row.
        stopping: Set when no further request is to be sent.
        pace: Spaces the starts of requests, beside other processes.
        is_new_key: Whether rows get a new idempotency key, although they have one.
    """

    client: Client
    ledger: Ledger
    disk: Disk
    fit_image: FitImage
    cause: CommonCause
    tell: Callable[[Event], None]
    slots: Slots
    writing: asyncio.Semaphore
    stopping: asyncio.Event
    contents: Mapping[int, bytes]
    pace: Pace
    is_new_key: bool = False
    suspects: "list[tuple[Record, Claim]]" = field(factory=list["tuple[Record, Claim]"], init=False)
    _single: Client = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._single = self.client.with_options(max_retries=0, retry_unknown=False)

    async def run(self, claim: Claim) -> None:
        """Run a row to its end, or give it back.

        Raises:
            LedgerError: The ledger failed.
        """
        if self.stopping.is_set():
            self.ledger.release(claim)
            return
        try:
            fitted = await self._prepare(claim)
        except ImageRefusedError as error:
            if isinstance(error, ChangedError):
                await self.ledger.forget_hash(error.path)
            await self._fail(claim, claim.attempts, show_text(str(error)))
            return
        await self._send(claim, fitted)

    async def _prepare(self, claim: Claim) -> Fitted:
        """Read the source, and make of it what the endpoint takes.

        Raises:
            ImageRefusedError: It cannot be read, or does not become that.
        """
        return await run_in_pool(self._read_and_fit, claim)

    def _read_and_fit(self, claim: Claim) -> Fitted:  # in a thread
        content = self.contents.get(claim.id)
        return self.fit_image(read_source(claim) if content is None else content, claim.fit)

    async def _send(self, claim: Claim, fitted: Fitted) -> None:
        key, is_minted = claim.idempotency_key, False
        if key is None or self.is_new_key:
            key, is_minted = str(uuid.uuid4()), True
        retries, is_told = 0, False
        async with self.slots.place():
            while await self._may_send():
                sending = Sending(
                    self.client,
                    self.ledger,
                    self.disk,
                    self.slots,
                    self.stopping,
                    self.tell,
                    claim,
                    key,
                    is_minted=is_minted,
                    is_told=is_told,
                )
                try:
                    response = await request_variations(
                        self._single, sending.begin, sending.end, fitted.content, claim.fields, key
                    )
                except WithdrawnError:
                    claim = self._withdraw(claim, sending)
                    continue
                except LostError:
                    return
                except ImageVariationsError as error:
                    number, is_over = await self._note_error(claim, sending, error, retries)
                    if is_over:
                        return
                    retries += bool(error.attempts)  # what was held back for too long was not tried
                    claim = evolve(claim, attempts=number)
                    continue
                except BaseException:  # it is cancelled, or the ledger failed
                    self._withdraw(claim, sending)
                    raise
                finally:
                    sending.free_slot()
                    is_told = sending.is_told
                await self.writing.acquire()
                break
            else:
                self.ledger.release(claim)
                return
        try:
            await self._write_down(claim, sending, response, fitted.note)
        finally:
            self.writing.release()

    async def _may_send(self) -> bool:
        """Wait until the disk has room, and the rate lets a request start. Return False if the run stops meanwhile."""
        if not self.disk.has_room.is_set():
            await self.unless_stopped(self.disk.has_room.wait())
        if self.pace.is_limited:
            await self.unless_stopped(self.pace.wait())
        return not self.stopping.is_set()

    async def _write_down(self, claim: Claim, sending: Sending, response: ImagesResponse, note: str | None) -> None:
        """Write the images to files, and record the row when they are on the disk."""
        fetched = await fetch_all(self.client, response)
        del response
        names = await self.disk.write(ImageFiles(claim.stem, fetched.images)) if fetched.images else ()
        state: State = "failed" if fetched.problem else "done"
        record = Record(
            process=claim.process,
            row=claim.id,
            number=sending.number,
            state=state,
            attempt=sending.attempt,
            billed="yes",
            problem=fetched.problem,
            note=note,
            # A store that has the same image from an earlier attempt gives it no second name.
            files=tuple(dict.fromkeys((*claim.files, *names))),
        )
        await self.ledger.record(record)
        await self._clear_suspects()
        self.cause.note_success()
        if fetched.problem:
            self.tell(RowFailed(claim.id, claim.name, fetched.problem, "yes"))
        else:
            self.tell(RowDone(claim.id, claim.name, names, note))

    async def _note_error(
        self, claim: Claim, sending: Sending, error: ImageVariationsError, retries: int
    ) -> tuple[int, bool]:
        """Record what a request ended with, and wait if it may be sent again.

        Returns:
            How many attempts the row has, and whether its run is over.
        """
        attempt, problem = sending.attempt, show_text(str(error))
        number = claim.attempts if attempt is None else attempt.number
        billed = _add(claim.billed, error.billed)
        record = Record(
            process=claim.process,
            row=claim.id,
            number=number,
            state=claim.state,
            attempt=attempt,
            billed=billed,
            problem=problem,
            files=claim.files,
        )
        if error.billed != "no":
            await self._note_costly(claim, record, error)
            return number, True
        if isinstance(error, CallTimeoutError) and not error.attempts:
            # It was held back for too long, by the rate or by the disk of the ledger. Its turn will come.
            await self.ledger.record(evolve(record, is_held=True))
            return number, False
        wait = None if attempt is None else self.client.wait_before_retry(attempt, retries)
        if wait is not None:
            await self.ledger.record(evolve(record, is_held=True, attempt=attempt and evolve(attempt, wait=wait)))
            self.tell(RowWaits(claim.id, claim.name, wait, problem))
            await self.unless_stopped(self.client.clock.sleep(wait))
            return number, False
        if concerns_every_row(error):
            # Whether it is the row's own is not known yet: it stays as it is, and stays claimed.
            await self.ledger.record(evolve(record, is_held=True))
            self.suspects.append((evolve(record, attempt=None), claim))
            self.cause.note_suspect(error)
        else:
            await self._clear_suspects()
            self.cause.note_success()
            await self._fail(claim, number, problem, attempt)
        return number, True

    def _withdraw(self, claim: Claim, sending: Sending) -> Claim:
        """Take back a request that was given up, if it cost nothing. One that may have is unknown.

        Returns:
            The claim, with the attempt that was made of it.
        """
        attempt = sending.attempt
        if attempt is None or attempt.billed != "no":
            return claim
        self.ledger.withdraw(
            Record(
                process=claim.process,
                row=claim.id,
                number=attempt.number,
                state=claim.state,
                is_held=True,
                attempt=attempt,
                billed=claim.billed,
                problem=f"the request was given up: {attempt.outcome.value}",
                files=claim.files,
            )
        )
        return evolve(claim, attempts=attempt.number)

    async def _note_costly(self, claim: Claim, record: Record, error: ImageVariationsError) -> None:
        """Record a request that was paid for in vain, or may have been."""
        problem = record.problem or ""
        if error.billed == "yes":
            await self.ledger.record(evolve(record, state="failed"))
            self.tell(RowFailed(claim.id, claim.name, problem, record.billed))
        else:
            await self.ledger.record(evolve(record, state="unknown"))
            self.tell(RowUnknown(claim.id, claim.name, problem))
        self.cause.note_costly(error)

    async def _fail(self, claim: Claim, number: int, problem: str, attempt: Attempt | None = None) -> None:
        """Record that a row failed, at no cost of its own."""
        state: State = "unknown" if claim.state == "unknown" else "failed"
        record = Record(
            process=claim.process,
            row=claim.id,
            number=number,
            state=state,
            attempt=attempt,
            billed=claim.billed,
            problem=problem,
            files=claim.files,
        )
        await self.ledger.record(record)
        if state == "unknown":
            self.tell(RowUnknown(claim.id, claim.name, problem))
        else:
            self.tell(RowFailed(claim.id, claim.name, problem, claim.billed))

    async def _clear_suspects(self) -> None:
        """Fail the suspects, because another row shows that their causes are their own. Leave them if the run stops."""
        if self.cause.problem is not None:
            return
        suspects, self.suspects = self.suspects, []
        for record, claim in suspects:
            await self._fail(claim, record.number, record.problem or "")

    async def judge_suspects(self) -> None:
        """At the end of a run, fail the suspects if other rows succeeded. Else give them back, and say why."""
        if self.cause.problem is None and self.cause.has_succeeded:
            await self._clear_suspects()
        for record, claim in self.suspects:
            self.ledger.release(claim)
            self.cause.problem = self.cause.problem or f"every row met this: {record.problem}"

    async def unless_stopped(self, wait: Awaitable[object]) -> None:
        """Wait for something, or until the run stops."""
        waiting = asyncio.ensure_future(wait)
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait([waiting, stop], return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()  # it may have failed
        finally:
            waiting.cancel()
            stop.cancel()


def _add(billed: Billed, other: Billed) -> Billed:
    """Return what two requests can have cost together."""
    return "yes" if "yes" in (billed, other) else "unknown" if "unknown" in (billed, other) else "no"
