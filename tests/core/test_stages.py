"""Stages of one answer on engines of their own; the engines are test doubles (`scripted`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from field_scripts import field_engine, field_of
from scripted import Request, Script, ScriptedBackend, Stage, by_stage, script

from sot import SkeletonOfThought
from sot.errors import (
    AuthenticationError,
    BackendConnectionError,
    ConfigError,
    ContentFilterError,
    ContextLengthError,
    PrefillRefusedError,
    SotError,
)
from sot.events import Event, Finished, PointFound, Routed, StageReplaced
from sot.registry import EngineEntry
from sot.stages import StageEngine, shared
from sot.types import Answer, BackendInfo, Usage

QUESTION = "How can I sleep better?"
SKELETON = "1. Sleep early\n2. Walk\n3. Eat well\n"
GONE = BackendConnectionError("gone", reached=False)


def engine(model: str, **scripts: Any) -> ScriptedBackend:
    """An engine that can write every stage, so that a request to the wrong one shows."""
    capabilities = {
        name: scripts.pop(name) for name in ("can_prefill", "caches_prefixes", "parallel") if name in scripts
    }
    scripts.setdefault("skeleton", SKELETON)
    return ScriptedBackend(by_stage(**scripts), model=model, **capabilities)


def made(main: ScriptedBackend, stages: Mapping[str, Any], **settings: Any) -> SkeletonOfThought:
    settings = {"strategy": "skeleton", "opening": False, "closing": False, **settings}
    return SkeletonOfThought(main, stages=stages, **settings)


def opening() -> Script:
    """A normal answer that goes on until it is left."""
    return Script("Sleep is good. ", "It is ", asyncio.Event())


async def events_of(sot: SkeletonOfThought) -> list[Event]:
    return [event async for event in sot.stream(QUESTION)]


def last(events: list[Event]) -> Answer:
    finished = events[-1]
    assert isinstance(finished, Finished)
    return finished.answer


def counted(backend: ScriptedBackend) -> dict[Stage, int]:
    stages = backend.stages()
    return {stage: stages.count(stage) for stage in stages}


@pytest.fixture
def never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cool-down that no slow machine outlasts."""
    monkeypatch.setattr(shared, "COOL_S", 1e6)


class TestWhereRequestsGo:
    async def test_each_stage_goes_to_its_engine_and_the_rest_to_the_main_one(self) -> None:
        main, small, large, router = (engine(name) for name in ("main", "small", "large", "router"))
        main.answer = by_stage(normal=opening())
        large.answer = by_stage(closing="That is all.")
        sot = made(
            main,
            {"skeleton": small, "points": large, "route": router},
            router="llm",
            strategy="auto",
            opening=True,
            closing=True,
        )
        answer = await sot.answer(QUESTION)
        assert (counted(main), counted(small)) == ({"normal": 1}, {"skeleton": 1})
        assert (counted(large), counted(router)) == ({"point": 3, "closing": 1}, {"route": 1})
        assert answer.route.router == "llm"
        assert {(use.stage, use.model) for use in answer.stages} == {
            ("route", "router"),
            ("normal", "main"),
            ("skeleton", "small"),
            ("point", "large"),
            ("closing", "large"),
        }
        assert answer.model == "main"

    @pytest.mark.parametrize("strategy", ["normal", "cot"])
    async def test_a_single_request_stays_on_the_main_engine(self, strategy: str) -> None:
        main, other = engine("main"), engine("other", skeleton=GONE)
        answer = await made(main, {"skeleton": other, "points": other}, strategy=strategy).answer(QUESTION)
        assert (other.requests, [use.model for use in answer.stages]) == ([], ["main"])

    async def test_a_fall_back_is_decoded_by_the_main_engine(self) -> None:
        main, small = (
            engine("main"),
            engine("small", skeleton="Sleep is a fine thing, and there is much to say."),
        )
        answer = await made(main, {"skeleton": small}).answer(QUESTION)
        assert answer.fell_back is not None
        assert answer.text == "A normal answer."
        assert (counted(main), answer.stage_failures) == ({"normal": 1}, ())

    async def test_a_revision_is_written_by_the_engine_of_the_points(self) -> None:
        main, large = engine("main"), engine("large")
        sot = made(main, {"points": large})
        first = await sot.answer(QUESTION)
        better = await sot.revise(first, ["Sleep early", "Read", "Eat well"])
        assert counted(large) == {"point": 4}
        assert [(use.stage, use.model) for use in better.stages] == [("point", "large")]
        assert better.stages[0].usage == better.usage

    async def test_fields_and_their_values_are_points(self) -> None:
        text = {"type": "string"}
        schema = {"type": "object", "properties": {"n": {"type": "integer"}, "a": text, "b": text}}
        schema["required"] = ["n", "a", "b"]
        main, large = engine("main"), field_engine({"values": '{"n": 3}'})
        value, answer = await made(main, {"points": large}, strategy="auto").fill(schema, QUESTION)
        assert value == {"n": 3, "a": "The text of a.", "b": "The text of b."}
        assert main.requests == []
        assert {use.stage for use in answer.stages} == {"values", "field"}

    async def test_items_are_points(self) -> None:
        main, large = engine("main"), engine("large", normal="Merci")
        question = "Translate each of these into French:\n1. Thank you very much\n2. See you soon"
        answer = await made(main, {"points": large}, strategy="items").answer(question)
        assert main.requests == []
        assert {use.stage for use in answer.stages} == {"item"}

    async def test_hedged_routing_counts_the_losers_by_their_engines(self) -> None:
        main, small, large = engine("main"), engine("small"), engine("large")
        sot = made(main, {"skeleton": small, "points": large}, router="llm", strategy="auto", route="hedge")
        answer = await sot.answer(QUESTION)
        assert answer.text.startswith("1. **Sleep early**")
        assert sum((use.usage for use in answer.stages), Usage()) == answer.usage


class TestPromptsFollowTheEngine:
    async def test_style_and_prefill_are_those_of_the_engine_that_is_asked(self) -> None:
        main = engine("main")
        small, large = engine("small"), engine("large", can_prefill=True, caches_prefixes=True)
        await made(main, {"skeleton": small, "points": large}).answer(QUESTION)
        assert small.of("skeleton").prefill is None
        assert len(small.of("skeleton").messages) == 1, "compact: no turns of demonstrations"
        point = large.point(2)
        assert point.prefill == "2. **Walk**:"
        assert [turn.role for turn in point.messages] == ["user", "assistant", "user"], "aligned"

    async def test_the_other_way_round(self) -> None:
        main = engine("main")
        small, large = engine("small", can_prefill=True, caches_prefixes=True), engine("large")
        small.answer = by_stage(skeleton=" Sleep early\n2. Walk\n")
        await made(main, {"skeleton": small, "points": large}).answer(QUESTION)
        assert small.of("skeleton").prefill == "1."
        assert large.point(1).prefill is None
        assert len(large.point(1).messages) == 1

    async def test_the_batch_of_the_points_engine_decides_about_the_route(self) -> None:
        main, large = engine("main"), engine("large", parallel=1)
        answer = await made(main, {"points": large}, strategy="auto").answer(QUESTION)
        assert answer.route.strategy == "normal"
        assert "takes 1 at a time" in answer.route.reason
        main, large = engine("main", parallel=1), engine("large", parallel=8)
        answer = await made(main, {"points": large}, strategy="auto").answer(QUESTION)
        assert answer.route.strategy == "skeleton"

    async def test_limits_count_for_each_engine(self) -> None:
        main, small, hold = engine("main"), engine("small"), asyncio.Event()
        small.answer = by_stage(skeleton=Script("1. Sleep early\n2. Walk\n", hold, "3. Eat\n"))

        def point(request: Request) -> Script:
            hold.set()  # while the skeleton holds the only permit of its engine
            return script(f"Text of point {request.index}.")

        large = ScriptedBackend(point, model="large")
        answer = await made(main, {"skeleton": small, "points": large}, max_in_flight=1).answer(QUESTION)
        assert len(answer.points) == 3
        assert large.peak == 1


class TestFailures:
    @pytest.mark.parametrize(
        "error",
        [GONE, AuthenticationError("no", status=401), ContextLengthError(), BackendConnectionError("cut")],
    )
    async def test_a_skeleton_whose_engine_fails_is_written_by_the_main_engine(self, error: SotError) -> None:
        main, small = engine("main"), engine("small", skeleton=Script("1. Slee", error))
        events = await events_of(made(main, {"skeleton": small}))
        answer = last(events)
        assert answer.fell_back is None
        assert answer.complete
        assert [point.title for point in answer.points] == ["Sleep early", "Walk", "Eat well"]
        (failure,) = answer.stage_failures
        assert (failure.stage, failure.model, failure.reason) == ("skeleton", "small", str(error))
        assert StageReplaced(failure) in events

    async def test_points_of_a_broken_skeleton_are_void(self) -> None:
        main, small = engine("main"), engine("small", skeleton=Script("1. Count sheep\n2. ", GONE))
        events = await events_of(made(main, {"skeleton": small}))
        replaced = next(place for place, event in enumerate(events) if isinstance(event, StageReplaced))
        later = [event.point.title for event in events[replaced:] if isinstance(event, PointFound)]
        assert later == ["Sleep early", "Walk", "Eat well"]
        assert "sheep" not in last(events).text

    async def test_a_broken_skeleton_with_enough_points_stands(self) -> None:
        main, small = engine("main"), engine("small", skeleton=Script("1. Sleep early\n2. Walk\n3. E", GONE))
        answer = await made(main, {"skeleton": small}).answer(QUESTION)
        assert "skeleton" not in counted(main)
        assert answer.stage_failures == ()
        assert len(answer.points) >= 2

    @pytest.mark.parametrize("error", [GONE, AuthenticationError("no", status=401), ContextLengthError()])
    async def test_points_whose_engine_fails_are_written_by_the_main_engine(self, error: SotError) -> None:
        main, large = engine("main"), ScriptedBackend(lambda _: Script(error), model="large")
        events = await events_of(made(main, {"points": large}))
        answer = last(events)
        assert answer.complete
        assert counted(main) == {"skeleton": 1, "point": 3}
        assert [point.text for point in answer.points] == [f"Text of point {index}." for index in (1, 2, 3)]
        assert [failure.stage for failure in answer.stage_failures] == ["points"]
        assert sum(isinstance(event, StageReplaced) for event in events) == 1

    async def test_a_point_that_breaks_off_goes_on_at_the_main_engine_by_its_capabilities(self) -> None:
        main = engine("main", can_prefill=True, points={2: "along the river."})
        main.answer = by_stage(skeleton=" Sleep early\n2. Walk\n", points={2: " along the river."})
        large = engine("large", can_prefill=True, points={2: Script("Take a walk", GONE)})
        answer = await made(main, {"points": large}).answer(QUESTION)
        assert answer.points[1].text == "Take a walk along the river."
        assert main.point(2).prefill == "2. **Walk**: Take a walk"
        assert answer.points[1].status == "repaired"

    async def test_the_contents_filter_of_an_engine_is_not_gone_round(self) -> None:
        main, large = engine("main"), engine("large", points={2: ContentFilterError("no")})
        answer = await made(main, {"points": large}).answer(QUESTION)
        assert "point" not in counted(main)
        assert answer.stage_failures == ()
        assert answer.points[1].status == "missing"

    async def test_fields_are_repaired_by_the_main_engine(self) -> None:
        text = {"type": "string"}
        schema = {"type": "object", "properties": {"a": text, "b": text}, "required": ["a", "b"]}
        main, large = (
            field_engine({}, constrains=False, can_prefill=True),
            field_engine({"a": GONE}, constrains=True),
        )
        large.answer = lambda request: script(GONE if field_of(request) == "a" else '"From the other."')
        value, answer = await made(main, {"points": large}, strategy="auto").fill(schema, QUESTION)
        assert value["a"] == "The text of a."
        assert value["b"] == "From the other."
        assert [failure.stage for failure in answer.stage_failures] == ["points"]

    async def test_an_engine_without_an_identity_is_left_out(self) -> None:
        class Unreachable(ScriptedBackend):
            async def info(self) -> BackendInfo:
                raise GONE

        main, other = engine("main"), Unreachable(by_stage())
        events = await events_of(made(main, {"skeleton": other, "points": other}))
        assert [failure.stage for failure in last(events).stage_failures] == ["skeleton", "points"]
        assert isinstance(events[0], Routed)
        assert isinstance(events[1], StageReplaced)
        assert other.requests == []

    async def test_an_engine_that_is_not_set_up_is_the_callers_mistake(self) -> None:
        class Wrong(ScriptedBackend):
            async def info(self) -> BackendInfo:
                raise ConfigError("no model is chosen")

        with pytest.raises(ConfigError, match="no model is chosen"):
            await made(engine("main"), {"points": Wrong(by_stage())}).answer(QUESTION)

    @pytest.mark.usefixtures("never_again")
    async def test_an_engine_that_failed_is_left_alone_for_a_while(self) -> None:
        main, small = engine("main"), engine("small", skeleton=GONE)
        sot = made(main, {"skeleton": small})
        await sot.answer(QUESTION)
        second = await sot.answer(QUESTION)
        assert counted(small) == {"skeleton": 1}, "asked once, not again"
        assert [failure.reason for failure in second.stage_failures] == ["gone"]

    @pytest.mark.usefixtures("never_again")
    async def test_a_prompt_that_one_engine_cannot_take_says_nothing_about_the_next(self) -> None:
        main, small = engine("main"), engine("small", skeleton=ContextLengthError())
        sot = made(main, {"skeleton": small})
        await sot.answer(QUESTION)
        await sot.answer(QUESTION)
        assert counted(small) == {"skeleton": 2}

    async def test_after_the_while_it_is_tried_again_and_used_by_all(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        main, small = engine("main"), engine("small", skeleton=GONE)
        sot = made(main, {"skeleton": small})
        monkeypatch.setattr(shared, "COOL_S", 0.0)
        await sot.answer(QUESTION)
        small.answer = by_stage(skeleton=SKELETON)
        monkeypatch.setattr(shared, "COOL_S", 1e6)
        for _ in range(3):
            answer = await sot.answer(QUESTION)
            assert answer.stage_failures == ()
        assert counted(small) == {"skeleton": 4}

    @pytest.mark.usefixtures("never_again")
    async def test_a_router_whose_engine_fails_leaves_the_choice_to_its_fallback(self) -> None:
        main, router = engine("main"), engine("router", route=AuthenticationError("no", status=401))
        sot = made(main, {"route": router}, router="llm", strategy="auto")
        routes = [await sot.route(QUESTION) for _ in range(2)]
        assert [route.strategy for route in routes] == ["skeleton", "skeleton"]
        assert all("could not be asked: no" in route.reason for route in routes)
        assert counted(router) == {"route": 1}
        assert "route" not in counted(main)


class TestUsage:
    @pytest.mark.parametrize("apart", [False, True])
    async def test_the_stages_add_up_to_the_whole(self, apart: bool) -> None:
        main, other = engine("main", closing="That is all.", normal=opening()), engine("other")
        sot = made(
            main,
            {"skeleton": other} if apart else {},
            router="llm",
            strategy="auto",
            opening=True,
            closing=True,
        )
        answer = await sot.answer(QUESTION)
        assert sum((use.usage for use in answer.stages), Usage()) == answer.usage
        assert answer.usage.requests == len(main.requests) + len(other.requests)
        assert [use.first_s for use in answer.stages] == sorted(use.first_s for use in answer.stages)
        assert all(0 <= use.first_s <= use.last_s <= answer.timing.total_s for use in answer.stages)
        by_stage_name = {use.stage: use for use in answer.stages}
        assert by_stage_name["point"].usage == sum((point.usage for point in answer.points), Usage())
        assert by_stage_name["skeleton"].usage == answer.skeleton_usage

    async def test_a_stage_that_was_taken_over_has_two_entries(self) -> None:
        main, small = engine("main"), engine("small", skeleton=Script("1. Sl", GONE))
        answer = await made(main, {"skeleton": small}).answer(QUESTION)
        assert [use.model for use in answer.stages if use.stage == "skeleton"] == ["small", "main"]
        assert sum((use.usage for use in answer.stages), Usage()) == answer.usage


async def test_a_main_engine_that_takes_points_over_may_refuse_to_continue_a_turn() -> None:
    def answer(request: Request) -> Script:
        if request.prefill is not None:
            return Script(PrefillRefusedError("it begins a turn anew"))
        return Script("It is good for you.")

    main, large = (
        ScriptedBackend(answer, model="main", can_prefill=True),
        engine("large", points=dict.fromkeys((1, 2, 3), GONE)),
    )
    written = await made(main, {"skeleton": engine("small"), "points": large}).answer(QUESTION)
    assert written.points[0].status == "repaired"
    assert written.complete


class TestGivingEngines:
    @pytest.fixture
    def specs(self, monkeypatch: pytest.MonkeyPatch) -> list[ScriptedBackend]:
        """The engines made for specs, in order."""
        built: list[ScriptedBackend] = []

        def make(entry: EngineEntry, rest: str, **settings: Any) -> ScriptedBackend:
            built.append(engine(rest or "default", can_prefill=False))
            built[-1].settings = settings  # type: ignore[attr-defined]
            return built[-1]

        monkeypatch.setattr(EngineEntry, "make", make)
        return built

    async def test_specs_are_ours_to_close_and_objects_are_not(self, specs: list[ScriptedBackend]) -> None:
        mine = engine("mine")
        async with made("torch:main", {"skeleton": mine, "points": "torch:large"}) as sot:  # type: ignore[arg-type]
            await sot.answer(QUESTION)
        assert [backend.closed for backend in specs] == [True, True]
        assert not mine.closed

    def test_one_engine_is_made_once(self, specs: list[ScriptedBackend]) -> None:
        sot = SkeletonOfThought(
            "torch:main",
            router="llm",
            stages={"skeleton": "torch:small", "points": {"backend": "torch:small"}, "route": "torch:main"},
        )
        assert [backend.model for backend in specs] == ["main", "small"]
        assert sot.stages["skeleton"] is sot.stages["points"]
        assert "route" not in sot.stages

    def test_a_model_alone_is_another_one_of_the_main_server(self, specs: list[ScriptedBackend]) -> None:
        SkeletonOfThought(
            "http://one.test/v1", model="large", stages={"skeleton": StageEngine(model="small")}
        )
        assert [backend.model for backend in specs] == ["http://one.test/v1"] * 2
        assert specs[1].settings["model"] == "small"  # type: ignore[attr-defined]

    def test_the_limits_of_a_server_hold_for_its_other_models(self, specs: list[ScriptedBackend]) -> None:
        limits = {"requests_per_minute": 60, "tokens_per_minute": 9000, "burst": 10, "session_header": "x"}
        SkeletonOfThought(
            "http://one.test/v1",
            model="large",
            backend_settings=limits,
            stages={
                "skeleton": StageEngine(model="small", settings={"requests_per_minute": 20}),
                "points": "http://two.test/v1",
            },
        )
        found = [backend.settings for backend in specs]  # type: ignore[attr-defined]
        assert limits.items() <= found[0].items()
        assert {**limits, "requests_per_minute": 20}.items() <= found[1].items()
        assert not limits.keys() & found[2].keys()

    def test_synchronous_callers_get_the_stages_too(self, specs: list[ScriptedBackend]) -> None:
        sot = made("torch:main", {"points": "torch:large"})  # type: ignore[arg-type]
        answer = sot.answer_sync(QUESTION)
        assert {use.stage: use.model for use in answer.stages} == {"skeleton": "main", "point": "large"}
        sot.close()
        assert [backend.closed for backend in specs] == [False, False, True, True]

    async def test_synchronous_callers_cannot_use_objects_of_another_loop(
        self, specs: list[ScriptedBackend]
    ) -> None:
        sot = made("torch:main", {"points": engine("mine")})  # type: ignore[arg-type]
        await sot.info()
        with pytest.raises(ConfigError, match="the backend object is in use in an event loop"):
            sot.answer_sync(QUESTION)

    @pytest.mark.parametrize(
        ("stages", "says"),
        [
            ({"point": "torch:"}, "no stage 'point': it must be one of route, skeleton, points"),
            ({"route": "torch:"}, "the stage route is for the router llm, not for hybrid"),
            ({"points": {"spec": "torch:"}}, "the stage points has no 'spec'"),
            ({"points": 3}, "takes a backend spec, a backend object or a StageEngine"),
            ({"points": "nosuch:x"}, "no engine for the backend 'nosuch:x'"),
            ({"points": StageEngine(model="x")}, "the main one is an object"),
        ],
    )
    def test_mistakes_show_at_once(self, stages: dict[str, Any], says: str) -> None:
        with pytest.raises(ConfigError, match=says):
            made(engine("main"), stages)

    def test_the_load_aware_decision_knows_one_engine(self) -> None:
        with pytest.raises(ConfigError, match="adapt looks at one engine"):
            made(engine("main"), {"points": engine("large")}, adapt=True)
        made(engine("main"), {"skeleton": engine("small")}, adapt=True)


class TestKeys:
    """A key is for one server: scheme, host and port."""

    MAIN = "https://one.test/v1"

    @pytest.mark.parametrize(
        ("address", "own", "expected"),
        [
            ("https://one.test/v1", None, "main-key"),
            ("https://one.test:443/other/v1", None, "main-key"),
            ("https://one.test:8443/v1", None, ""),
            ("http://one.test/v1", None, ""),
            ("https://two.test/v1", None, ""),
            ("https://one.test.two.test/v1", None, ""),
            ("https://two.test/v1", "own-key", "own-key"),
            ("https://one.test/v1", "own-key", "own-key"),
        ],
    )
    @pytest.mark.parametrize("by_environment", [False, True])
    def test_the_key_of_a_stage(
        self,
        monkeypatch: pytest.MonkeyPatch,
        address: str,
        own: str | None,
        expected: str,
        by_environment: bool,
    ) -> None:
        for name in ("OPENAI_BASE_URL", "SOT_BACKEND"):
            monkeypatch.delenv(name, raising=False)
        settings = {} if by_environment else {"api_key": "main-key", "headers": {"x-team": "main-team"}}
        monkeypatch.setenv("OPENAI_API_KEY", "main-key" if by_environment else "another-key")
        if own is not None:
            monkeypatch.setenv("SOT_POINT_API_KEY", own)
        sot = SkeletonOfThought(
            self.MAIN,
            model="a",
            backend_settings=settings,
            stages={"points": StageEngine(address, "b")},
        )
        secrets = set(sot.stages["points"].secrets)  # type: ignore[attr-defined]
        same = expected == "main-key" or (own is not None and address == self.MAIN)
        team = {"main-team"} if same and not by_environment else set()
        assert secrets == {expected, *team} - {""}

    @pytest.mark.parametrize(
        ("address", "beside", "sent"),
        [
            ("https://api.openai.com/v1", None, True),
            ("https://two.test/v1", None, False),
            ("https://two.test/v1", "https://two.test/v1", True),
            ("https://api.openai.com/v1", "https://two.test/v1", False),
        ],
    )
    def test_the_environments_key_beside_a_main_engine_without_a_server(
        self, monkeypatch: pytest.MonkeyPatch, address: str, beside: str | None, sent: bool
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "the-key")
        if beside is None:
            monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
        else:
            monkeypatch.setenv("OPENAI_BASE_URL", beside)
        sot = SkeletonOfThought(engine("main"), stages={"points": address})
        assert (sot.stages["points"].secrets == ("the-key",)) is sent  # type: ignore[attr-defined]
