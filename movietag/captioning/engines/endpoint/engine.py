"""The engine ``openai``: each frame is a request to an endpoint."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

from PIL import Image

from movietag.captioning import NOTHING_KNOWN
from movietag.captioning.engines import ModelAnswer
from movietag.captioning.engines.endpoint.balancing import EndpointPool
from movietag.captioning.engines.endpoint.endpoint import ModelEndpoint
from movietag.captioning.engines.endpoint.faults import EndpointFault
from movietag.captioning.engines.endpoint.question import chat_body, decoding, picture_url
from movietag.captioning.engines.endpoint.tag_schema import tag_schema, tags_of_reply
from movietag.captioning.engines.endpoint.tagger import endpoint_tagger, pinning
from movietag.captioning.engines.loop_thread import LoopThread
from movietag.captioning.pictures import GREY, prepare_picture
from movietag.captioning.serving_settings import ServingSettings
from movietag.errors import MovietagError, PermanentError, TransientError, UsageError
from movietag.records import Context

_RENDERED = 1024
_PADDING = (122, 116, 104)  # the mean colour of CLIP, which most vision towers subtract
_REFUSED = (400, 415, 422, 501)  # statuses of a field that is not known

log = logging.getLogger(__name__)


class EndpointEngine:
    """Captions by endpoints that are compatible with OpenAI's.

    It is loaded while no endpoint answers, too: frames wait then. Which model it is, is fixed when the first endpoint is
    reached, and stays so: an endpoint that serves another one afterwards is not asked.

    Raises:
        UsageError: the settings name no endpoint.
    """

    dead: Final = False

    def __init__(self, settings: ServingSettings) -> None:
        if settings.endpoint is None:
            raise UsageError(f"The model {settings.name} has no endpoint: MOVIETAG_ENDPOINTS.")
        self.settings = settings
        self._endpoint = settings.endpoint
        self._pool = EndpointPool(settings.endpoint)
        self._fields = decoding(settings.endpoint, settings.max_new_tokens)
        self._text = lru_cache(_RENDERED)(partial(settings.prompt.render, settings.vocabulary))
        self._prepare = partial(prepare_picture, padding=_PADDING if settings.do_pad else None)
        self._url = partial(
            picture_url, side=settings.endpoint.image_side, most=settings.endpoint.image_bytes
        )
        self._grey = self._url(GREY)
        self._threads = ThreadPoolExecutor(max(settings.threads, 1))
        self._loop = LoopThread("endpoints")
        self._getting_ready = asyncio.Lock()
        self._slots = asyncio.Semaphore(settings.endpoint.parallel)
        self._tagger = ""

    @property
    def tagger(self) -> str:
        """The tagger id.

        Raises:
            TransientError: no endpoint was reached yet.
            UsageError: they serve different models.
        """
        if not self._tagger:
            self._loop.run(self._ready())
        return self._tagger

    @property
    def parallel(self) -> int:
        """Frames are answered one by one, though an endpoint takes one at a time: the next waits for itself only."""
        return max(self._endpoint.parallel, 2)

    def prompt(self, context: Context = NOTHING_KNOWN) -> str:
        """What is asked of a frame of which this is known; the endpoint puts it into its chat template."""
        return self._text(context)

    def decode(self, data: Sequence[bytes]) -> list[Image.Image | PermanentError]:
        """Decode and pad, in threads; what cannot be read comes back as its error."""
        return list(self._threads.map(self._prepare, data))

    def answer(
        self, pictures: Sequence[Image.Image], contexts: Sequence[Context] | None = None
    ) -> tuple[list[ModelAnswer | MovietagError], float]:
        """One answer a picture, or its error, and the milliseconds until all were there."""
        texts = [self._text(one) for one in contexts or [NOTHING_KNOWN] * len(pictures)]
        urls = list(self._threads.map(self._url, pictures))
        start = time.perf_counter()
        answers = self._loop.run(self._answers(list(zip(urls, texts, strict=True))))
        return answers, (time.perf_counter() - start) * 1000

    def warm_up(self) -> None:
        """Ask about a grey picture; where no endpoint answers yet, log that frames wait.

        Raises:
            UsageError: the endpoints serve different models, or none answers as long as settings stay as they are.
        """
        try:
            log.warning("The tagger is %s.", self.tagger)
            (answer,) = self.answer([GREY])[0]
        except TransientError as error:
            answer = error
        if not isinstance(answer, MovietagError):
            return
        if isinstance(answer, PermanentError) or self._pool.misconfigured():
            raise UsageError(str(answer))
        log.warning("Frames wait. %s", answer)

    def close(self) -> None:
        """Close the connections."""
        self._loop.run(self._pool.close())
        self._loop.close()
        self._threads.shutdown()

    async def _ready(self) -> list[ModelEndpoint]:
        """The endpoints that may be asked; fixes the tagger when the first is reached, and logs whether it is pinned.

        Raises:
            TransientError: there is none.
            UsageError: they serve different models.
        """
        async with self._getting_ready:
            usable = await self._pool.usable()
            served = self._pool.served
            if not self._tagger and served:
                if self.settings.prompt.lists:
                    await self._find_out_about_lists(usable[0], served.model)
                self._tagger = endpoint_tagger(self.settings, self._endpoint, served, self._fields)
                pinned, text = pinning(self._endpoint, served)
                if not pinned:
                    log.warning("%s", text)
            return usable

    async def _find_out_about_lists(self, endpoint: ModelEndpoint, model: str) -> None:
        """Have answers keep to the schema of a list of tags, where the endpoint takes one.

        Raises:
            TransientError: it answers neither with the schema nor without.
        """
        lists = {**self._fields, "response_format": tag_schema(self.settings.vocabulary.tags)}
        text = self._text(NOTHING_KNOWN)
        try:
            await endpoint.ask(chat_body(model, self._grey, text, lists))
        except EndpointFault as fault:
            without = chat_body(model, self._grey, text, self._fields)
            if fault.status not in _REFUSED or not await endpoint.answers(without):
                endpoint.pause(fault)
                raise TransientError(self._pool.state()) from None
            log.warning("Answers are not constrained to tags, but read as any text: %s", fault.text)
        else:
            self._fields = lists

    def _read(self, answer: ModelAnswer | MovietagError) -> ModelAnswer | MovietagError:
        """An answer whose list of tags looks like that of any other engine."""
        lists, tags = self.settings.prompt.lists, self.settings.vocabulary.tags
        if isinstance(answer, MovietagError) or lists is None:
            return answer
        found = tags_of_reply(answer.caption, tags)
        if found is None:
            return answer
        cut = answer.finish == "length"
        return replace(answer, caption=lists.text(found, cut=cut).strip())

    async def _answers(
        self, questions: Sequence[tuple[str, str]]
    ) -> list[ModelAnswer | MovietagError]:
        try:
            usable = await self._ready()
        except UsageError as error:  # it waits for a person; the pictures are not at fault
            return [TransientError(str(error))] * len(questions)
        except TransientError as error:
            return [error] * len(questions)
        model = self._pool.served.model if self._pool.served else ""
        body = partial(chat_body, model, fields=self._fields)
        control = body(self._grey, self._text(NOTHING_KNOWN))

        async def ask(url: str, text: str) -> ModelAnswer | MovietagError:
            async with self._slots:
                return self._read(await self._pool.ask(usable, body(url, text), control))

        return list(await asyncio.gather(*(ask(*question) for question in questions)))
