"""PostgreSQL's wire: prepared statements sent past the driver's cursors, several at one go.

A cursor asks anew of every statement and value what we know since it was prepared, and each BEGIN,
statement and COMMIT waits for its own answer. Here the transaction's begin goes with its first
statement and its end with the last, by libpq's pipeline mode.
"""

from __future__ import annotations

import select
from collections.abc import Callable, MutableMapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import Transformer
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

from engine import db

BEGIN, BEGIN_READING, COMMIT, ROLLBACK = b"BEGIN", b"BEGIN READ ONLY", b"COMMIT", b"ROLLBACK"
MOST = 200
"""Statements prepared on one connection; the one that was prepared first makes room."""
PLACE = "bihuan.wire"
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)
_IDLE = pq.TransactionStatus.IDLE
Value = bytes | None


@lru_cache(maxsize=4096)
def _moment(value: datetime) -> bytes:
    return value.isoformat(" ").encode()


def _text(value: str) -> bytes:
    if "\0" in value:  # libpq would take what stands before it for the whole
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


def _plain(value: object) -> bytes:
    return str(value).encode()


class _Words(dict[type, Callable[[Any], Value]]):
    """How values of each kind are written; a kind made from another is written like that."""

    def __missing__(self, kind: type) -> Callable[[Any], Value]:
        known = next((one for one in kind.__mro__ if one in self), None)
        if known is None:
            raise TypeError(f"{kind.__name__} is no value of a column")
        self[kind] = self[known]
        return self[known]


_WORDS = _Words(
    {
        str: _text,
        int: _plain,
        float: _plain,
        Decimal: _plain,
        bytes: bytes,  # in binary form, which its place in the statement says
        bool: lambda value: b"t" if value else b"f",
        datetime: _moment,
        date: _plain,
        time: _plain,
        type(None): lambda _: None,
    }
)


def wire_of(known: MutableMapping[Any, Any], driver: psycopg.Connection[Any]) -> Wire:
    """The wire of a driver's connection; `known` is what the pool keeps beside the connection."""
    found: Wire | None = known.get(PLACE)
    if found is None:
        found = known[PLACE] = Wire(driver)
    return found


def _forget(known: MutableMapping[Any, Any]) -> None:
    """The driver rolls back: it has the server forget all that was prepared."""
    if PLACE in known:
        known[PLACE].forget()


@event.listens_for(Engine, "rollback")
def _rolled_back(connection: Connection, *_rest: object) -> None:
    if not connection.invalidated:
        _forget(connection.info)


event.listen(Engine, "rollback_savepoint", _rolled_back)


@event.listens_for(Pool, "reset")
def _reset(driver: Any, record: Any, _state: object) -> None:
    if isinstance(driver, psycopg.Connection) and driver.pgconn.transaction_status != _IDLE:
        _forget(record.info)


class Wire:
    """One connection, with what is prepared on it."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver, self._server = driver, driver.pgconn
        self._adapting = Transformer(driver)
        self._names: dict[bytes, bytes] = {}
        self._numbers = count()
        self._prepared: dict[bytes, None] = {}
        self._poll = select.poll()
        self._poll.register(driver.fileno(), select.POLLIN)

    @property
    def idle(self) -> bool:
        """Whether no transaction is open."""
        return self._server.transaction_status == _IDLE

    @property
    def failed(self) -> bool:
        """Whether the open transaction can only be rolled back."""
        return self._server.transaction_status == pq.TransactionStatus.INERROR

    @property
    def closed(self) -> bool:
        """Whether the connection is known to be lost."""
        return self._driver.closed

    @property
    def ended(self) -> bool:
        """Whether the server has ended an idle connection, as far as can be told unasked."""
        return db.has_ended(self._driver)

    def ask(
        self, text: bytes, values: Sequence[Any], formats: Sequence[int], *, commit: bool = False
    ) -> list[tuple[Any, ...]]:
        """Send a statement, in a transaction that is begun if none is open; the rows it answers.

        With `commit` the transaction ends with it, unless it fails. Values are plain: see `_WORDS`.
        """
        words = [_WORDS[type(value)](value) for value in values]
        sent: list[tuple[bytes, Sequence[Value], Sequence[int]]] = [(text, words, formats)]
        if self.idle:
            begin = BEGIN_READING if self._driver.read_only else BEGIN
            sent.insert(0, (begin, (), ()))
        place = len(sent) - 1
        if commit:
            sent.append((COMMIT, (), ()))
        try:
            answer = self._exchange(sent)[place]
        except errors.InvalidSqlStatementName:
            # The driver has had everything forgotten, as it does after an ALTER or a DROP.
            self.forget()
            if not place:
                raise  # in the middle of a transaction, which has failed by it
            self.rollback()
            answer = self._exchange(sent)[place]
        self._adapting.set_pgresult(answer)
        return self._adapting.load_rows(0, answer.ntuples, tuple)

    def commit(self) -> None:
        """End the transaction."""
        if self.idle:
            return
        (answer,) = self._exchange([(COMMIT, (), ())])
        if answer.command_status != COMMIT:
            raise errors.InFailedSqlTransaction("the transaction had failed and is rolled back")

    def rollback(self) -> None:
        """Take the transaction back; what was prepared stays so."""
        if not self.idle:
            self._exchange([(ROLLBACK, (), ())])

    def forget(self) -> None:
        """Nothing is prepared any more."""
        self._prepared.clear()

    def _exchange(
        self, sent: Sequence[tuple[bytes, Sequence[Value], Sequence[int]]]
    ) -> list[pq.abc.PGresult]:
        """Send all and read all answers; the first that failed is raised."""
        try:
            self._server.enter_pipeline_mode()
            kept = [self._send(*one) for one in sent]
            self._server.pipeline_sync()
            while self._server.flush():
                self._wait(select.POLLIN | select.POLLOUT)
            answers = self._read()
            self._server.exit_pipeline_mode()
        except BaseException:
            self._driver.close()  # nobody knows what stands on the wire
            raise
        for answer in answers:
            if answer.status in _FAILED:
                self._unsure(sent)
                raise errors.error_from_result(answer)
        return [answers[place] for place in _places(kept)]

    def _send(self, text: bytes, words: Sequence[Value], formats: Sequence[int]) -> int:
        """Send one statement, prepared before if need be; how many answers it has."""
        answers, name = 1, self._names.get(text)
        if name is None or text not in self._prepared:
            answers += self._prepare(text)
            name = self._names[text]
        self._server.send_query_prepared(name, words, formats)
        return answers

    def _prepare(self, text: bytes) -> int:
        answers, name = 1, self._names.get(text)
        if name is None:
            name = self._names[text] = b"bihuan_%d" % next(self._numbers)
        else:
            self._server.send_close_prepared(name)  # no error if the server has forgotten it
            answers += 1
        self._server.send_prepare(name, text)
        self._prepared[text] = None
        if len(self._prepared) > MOST:
            oldest = next(iter(self._prepared))
            del self._prepared[oldest]
            self._server.send_close_prepared(self._names.pop(oldest))
            answers += 1
        return answers

    def _unsure(self, sent: Sequence[tuple[bytes, Sequence[Value], Sequence[int]]]) -> None:
        """After a failure it is not known which of these were prepared."""
        for text, *_ in sent:
            self._prepared.pop(text, None)

    def _read(self) -> list[pq.abc.PGresult]:
        """All answers, up to the one that says that everything was seen."""
        found: list[pq.abc.PGresult] = []
        while True:
            while self._server.is_busy():
                self._wait(select.POLLIN)
                try:
                    self._server.consume_input()
                except psycopg.OperationalError as lost:
                    while (last := self._server.get_result()) is not None:
                        found.append(last)  # in one of them the server may have said why
                    raise _lost(found, str(lost).encode()) from lost
            answer = self._server.get_result()
            if answer is None:  # one statement's answers are complete, or nothing more will come
                if self._server.status != pq.ConnStatus.OK:
                    raise _lost(found, self._server.error_message)
                continue
            if answer.status == pq.ExecStatus.PIPELINE_SYNC:
                return found
            found.append(answer)

    def _wait(self, what: int) -> None:
        if what == select.POLLIN:
            self._poll.poll()
            return
        both = select.poll()
        both.register(self._driver.fileno(), what)
        both.poll()
        self._server.consume_input()


def _lost(answers: Sequence[pq.abc.PGresult], message: bytes) -> psycopg.Error:
    """Why the connection is lost: what the server said last, else what libpq says."""
    said = [one for one in answers if one.error_field(pq.DiagnosticField.SQLSTATE)]
    if said:
        return errors.error_from_result(said[-1])
    return psycopg.OperationalError(message.decode(errors="replace").strip())


def _places(counts: Sequence[int]) -> list[int]:
    """Where the last answer of each statement stands."""
    places, total = [], 0
    for number in counts:
        total += number
        places.append(total - 1)
    return places
