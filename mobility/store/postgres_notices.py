"""The outbox in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, tuple_, update

from mobility.domain.accounts import Actor
from mobility.domain.notices import Notice
from mobility.errors import NotFoundError
from mobility.store import tables as t
from mobility.store.changes import Topic
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun


class NoticeRows(Rows):
    """Messages written in the transaction that caused them, sent after it."""

    def add_notice(self, notice: Notice) -> None:
        if self._add(t.notice, to_row(notice, t.notice)):
            self._changed.add(Topic.of_notices(notice.agency_id))

    def take_unsent_notices(self, limit: int, after: tuple[datetime, str] | None = None) -> list[Notice]:
        place = (t.notice.c.created_at, t.notice.c.id)
        unsent = select(t.notice).where(t.notice.c.sent_at.is_(None)).order_by(*place)
        if after is not None:
            unsent = unsent.where(tuple_(*place) > tuple_(*after))
        return self._list(Notice, unsent.limit(limit).with_for_update(skip_locked=True))

    def mark_notice(self, notice_id: str, sent_at: datetime | None) -> None:
        marked = update(t.notice).where(t.notice.c.id == notice_id).values(attempts=t.notice.c.attempts + 1, sent_at=sent_at)
        with translated():
            agency_id = self._connection.execute(marked.returning(t.notice.c.agency_id)).scalar_one_or_none()
        if agency_id is None:
            raise NotFoundError(f"notice {notice_id}: not found")
        self._changed.add(Topic.of_notices(agency_id))

    def list_unsent_notices(self, actor: Actor) -> list[Notice]:
        wanted = select(t.notice).where(visible(actor, Noun.NOTICE), t.notice.c.sent_at.is_(None))
        return self._list(Notice, wanted.order_by(t.notice.c.created_at, t.notice.c.id))

    def list_notices(self, actor: Actor) -> list[Notice]:
        wanted = select(t.notice).where(visible(actor, Noun.NOTICE))
        return self._list(Notice, wanted.order_by(t.notice.c.created_at.desc(), t.notice.c.id.desc()))
