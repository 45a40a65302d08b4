"""Changes as they happen, as server-sent events (WHATWG HTML, 9.2). They say what has changed, not how: the page is read anew."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.auth import ActorDep, ContextDep
from mobility.actions.follow_changes import check_topics, follow_changes
from mobility.errors import TooManyAttemptsError
from mobility.store.changes import Topic

router = APIRouter(tags=["live"])

_MOST_WAITING = 32
LONGEST_S = 900
"""After so long the browser asks again by itself, and is checked again."""
MOST_OF_ONE = 20
"""Streams of one sign-in at a time: some screens of a desk; nobody takes them all."""


def get_topics(
    context: ContextDep, actor: ActorDep, topic: Annotated[list[str], Query(min_length=1, max_length=20)]
) -> dict[Topic, str]:
    """What the actor asks to follow, with the names it was asked by. The number is bounded, the names are checked."""
    return dict(zip(check_topics(context, actor, topic), topic, strict=True))


async def take_turn(request: Request, actor: ActorDep) -> AsyncIterator[None]:
    """While it lasts, one more stream of this sign-in.

    Raises:
        TooManyAttemptsError: it has as many as one may have.
    """
    following: Counter[str] = request.app.state.following
    if following[actor.account_id] >= MOST_OF_ONE:
        raise TooManyAttemptsError("too many pages of this sign-in follow changes at once; close some")
    following[actor.account_id] += 1
    try:
        yield
    finally:
        following[actor.account_id] -= 1
        if not following[actor.account_id]:
            del following[actor.account_id]


@router.get("/live", response_class=EventSourceResponse)
async def get_live(
    context: ContextDep,
    topics: Annotated[dict[Topic, str], Depends(get_topics)],
    _: Annotated[None, Depends(take_turn)],
    seconds: Annotated[int, Query(ge=0, le=LONGEST_S)] = LONGEST_S,
) -> AsyncIterator[ServerSentEvent]:
    """A ``message`` with the topic's name after each change of ``run:ID``, ``booking:ID``, ``day:2026-06-08`` or ``notices``; with ``*`` when something
    may have been missed. Ends after ``seconds``.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)

    def put(name: str) -> None:
        with suppress(asyncio.QueueFull):  # a reader so slow reads everything anew anyway
            waiting.put_nowait(name)

    def tell(topic: Topic | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(put, "*" if topic is None else topics[topic])

    unsubscribe = await run_in_threadpool(follow_changes, context, topics, tell)
    try:
        yield ServerSentEvent(comment="following", retry=2000)
        ends = loop.time() + seconds
        with suppress(TimeoutError):
            while True:
                yield ServerSentEvent(raw_data=await asyncio.wait_for(waiting.get(), ends - loop.time()))
    finally:
        unsubscribe()
