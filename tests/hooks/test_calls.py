"""One hook is run within its limits, and whatever it does becomes an answer, a refusal, or a HookFailed (M1, M4, M8)."""

import asyncio
import functools
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from server.domain.errors import Refusal
from server.hooks.calls import HELD_MAX, THREADS_MAX, HookCaller
from server.hooks.registry import Hook, Registry
from server.ports.errors import HookFailed
from server.telemetry.metrics import Metrics

ENOUGH = 2.0
"""Seconds after which a test gives up; nothing here takes a tenth of it."""


@pytest.fixture
async def caller() -> AsyncIterator[HookCaller]:
    calls = HookCaller(Metrics())
    yield calls
    calls.close()


def hook_of(function: Callable[..., Any], limit: float = ENOUGH) -> Hook:
    """Register a function for `reward`, with a time limit of its own."""
    registry = Registry("mine")
    registry.reward(function)
    (hook,) = registry.hooks
    return replace(hook, time_limit=timedelta(seconds=limit))


async def asked(caller: HookCaller, function: Callable[..., Any], limit: float = ENOUGH, **arguments: Any) -> Any:
    async with asyncio.timeout(2 * ENOUGH):
        return await caller.call(hook_of(function, limit), arguments)


async def failed(caller: HookCaller, function: Callable[..., Any], limit: float = ENOUGH) -> HookFailed:
    with pytest.raises(HookFailed) as caught:
        await asked(caller, function, limit)
    return caught.value


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


async def test_m1_a_hook_gets_the_arguments_it_takes_and_no_others(caller: HookCaller) -> None:
    async def hook(reward: int, event: str) -> tuple[int, str]:
        return reward, event

    assert await asked(caller, hook, reward=1, event="e", player="not wanted") == (1, "e")


async def test_m1_a_plain_function_runs_in_a_thread(caller: HookCaller) -> None:
    def hook(reward: int) -> tuple[int, str]:
        return reward, threading.current_thread().name

    value, thread = await asked(caller, hook, reward=7)
    assert value == 7
    assert thread.startswith("module")


def a_lambda(answer: Callable[[], Awaitable[int]]) -> Callable[..., Any]:
    return lambda: answer()  # noqa: PLW0108 - the point is that it is a lambda


def a_wrapper(answer: Callable[[], Awaitable[int]]) -> Callable[..., Any]:
    @functools.wraps(answer)
    def wrapper() -> Awaitable[int]:
        return answer()

    return wrapper


def an_object(answer: Callable[[], Awaitable[int]]) -> Callable[..., Any]:
    class Answering:
        async def __call__(self) -> int:
            return await answer()

    return Answering()


@pytest.mark.parametrize("disguised", [a_lambda, a_wrapper, an_object])
async def test_m1_an_async_hook_in_disguise_is_awaited(
    caller: HookCaller, disguised: Callable[[Callable[[], Awaitable[int]]], Callable[..., Any]]
) -> None:
    """A studio's own decorator, a lambda, an object with an async `__call__`: plain to look at, async to call."""

    async def answer() -> int:
        return 7

    answered = await asked(caller, disguised(answer))
    if asyncio.iscoroutine(answered):
        answered.close()  # or Python complains of it long after this test has failed
    assert answered == 7


@pytest.mark.parametrize("disguised", [a_lambda, a_wrapper, an_object])
async def test_m8_an_async_hook_in_disguise_is_watched_and_leaves_the_loop_as_others(
    caller: HookCaller, disguised: Callable[[Callable[[], Awaitable[int]]], Callable[..., Any]]
) -> None:
    caller.watch()
    threads: list[str] = []

    async def hold() -> int:
        threads.append(threading.current_thread().name)
        time.sleep(0.25)  # noqa: ASYNC251 - as a hostile hook would
        return 7

    with capture_logs() as lines:
        for _ in range(HELD_MAX + 1):
            await asyncio.sleep(0.1)
            assert await asked(caller, disguised(hold)) == 7
            await asyncio.sleep(0.1)
    assert [line["event"] for line in lines] == ["hook_holds_the_loop"] * HELD_MAX + ["module_leaves_the_loop"]
    assert threads[0] == threads[HELD_MAX - 1] == threading.current_thread().name
    assert threads[HELD_MAX].startswith("module")


async def test_m8_a_plain_function_that_blocks_does_not_block_the_loop(caller: HookCaller) -> None:
    released = threading.Event()

    def hook() -> bool:
        return released.wait(ENOUGH)

    asking = asyncio.ensure_future(asked(caller, hook))
    await asyncio.sleep(0.01)  # the loop turns while the function waits for it
    released.set()
    assert await asking


async def test_m4_an_async_hook_that_is_late_fails(caller: HookCaller) -> None:
    async def hook() -> None:
        await asyncio.sleep(ENOUGH)

    with capture_logs() as lines, within(1):
        failure = await failed(caller, hook, limit=0.01)
    assert lines[0]["what"] == "took longer than 0:00:00.010000"
    assert lines[0]["incident"] == failure.incident


async def test_m4_a_plain_function_that_is_late_fails_and_is_left_behind(caller: HookCaller) -> None:
    released = threading.Event()
    with within(1):
        await failed(caller, lambda: released.wait(ENOUGH), limit=0.01)
    released.set()


async def test_m4_a_hook_that_swallows_its_cancellation_is_late_all_the_same(caller: HookCaller) -> None:
    """`except:` or `except BaseException` around an await is common; the player must not wait for its end."""

    async def hook() -> str:
        try:
            await asyncio.sleep(ENOUGH)
        except asyncio.CancelledError:
            await asyncio.sleep(1.5)
        return "late"

    with within(1):
        await failed(caller, hook, limit=0.01)


async def test_m4_a_hook_that_hangs_after_its_cancellation_does_not_hang_the_call(caller: HookCaller) -> None:
    given_up = asyncio.Event()

    async def hook() -> None:
        while not given_up.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    calling = asyncio.ensure_future(caller.call(hook_of(hook, 0.01), {}))
    done, _ = await asyncio.wait([calling], timeout=1)
    given_up.set()
    await asyncio.wait([calling], timeout=ENOUGH)
    assert calling in done
    assert isinstance(calling.exception(), HookFailed)


async def test_m4_a_hook_that_raises_fails_with_an_incident_and_no_text(caller: HookCaller) -> None:
    def hook() -> None:
        raise ValueError("the secret of the studio")

    with capture_logs() as lines:
        failure = await failed(caller, hook)
    (line,) = lines
    assert (line["event"], line["module"], line["hook"], line["what"]) == ("hook_failed", "mine", "reward", "raised")
    assert line["incident"] == failure.incident
    assert isinstance(line["exc_info"], ValueError)
    assert "secret" not in str(failure)


async def test_m4_a_hooks_own_timeout_is_not_called_late(caller: HookCaller) -> None:
    """A studio that reads "took longer than 0:00:02" about a hook of 3 ms looks in the wrong place."""

    async def hook() -> None:
        raise TimeoutError("the studio's database")

    with capture_logs() as lines:
        await failed(caller, hook)
    assert lines[0]["what"] == "raised"


async def test_m4_a_refusal_passes_as_it_is(caller: HookCaller) -> None:
    refusal = Refusal("NOT_TODAY", "Come back tomorrow.")

    def hook() -> None:
        raise refusal

    with pytest.raises(Refusal) as caught:
        await asked(caller, hook)
    assert caught.value is refusal


class StrangeError(BaseException):
    """An exception that `except Exception` does not see."""


STRANGE = [asyncio.CancelledError, StrangeError, GeneratorExit, StopIteration, StopAsyncIteration]


@pytest.mark.parametrize("error", STRANGE)
async def test_m4_a_strange_exception_fails_as_any_other(caller: HookCaller, error: type[BaseException]) -> None:
    async def on_the_loop() -> NoReturn:
        raise error

    def in_a_thread() -> NoReturn:
        raise error

    for hook in (on_the_loop, in_a_thread):
        with capture_logs() as lines:
            await failed(caller, hook)
        assert lines[0]["what"] != "took longer than 0:00:02"  # it raised at once, and is not waited for


async def test_m4_a_hook_that_cancels_its_own_task_fails(caller: HookCaller) -> None:
    async def hook() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    await failed(caller, hook)
    await asyncio.sleep(0)  # nothing of it is left in the caller's task


EXITING = """
import asyncio
from server.hooks.calls import HookCaller
from server.hooks.registry import Registry
from server.ports.errors import HookFailed
from server.telemetry.metrics import Metrics

async def on_the_loop():
    raise {error}

def in_a_thread():
    raise {error}

async def main():
    calls, registry = HookCaller(Metrics()), Registry("mine")
    registry.reward({hook})
    try:
        await calls.call(registry.hooks[0], {{}})
    except HookFailed:
        print("failed")
    calls.close()

asyncio.run(main())
print("alive")
"""


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt"])
@pytest.mark.parametrize("hook", ["on_the_loop", "in_a_thread"])
def test_m8_a_hook_that_exits_does_not_end_the_server(error: str, hook: str) -> None:
    """`sys.exit()` in a hook: asyncio lets it out of the loop, past every call that runs."""
    assert _said(EXITING.format(error=error, hook=hook)) == ["failed", "alive"]


HANGING = """
import asyncio, threading
from dataclasses import replace
from datetime import timedelta
from server.hooks.calls import HookCaller
from server.hooks.registry import Registry
from server.ports.errors import HookFailed
from server.telemetry.metrics import Metrics

async def main():
    calls, registry = HookCaller(Metrics()), Registry("mine")
    registry.reward(lambda: threading.Event().wait(4))
    hook = registry.hooks[0]
    try:
        await calls.call(replace(hook, spec=replace(hook.spec, time_limit=timedelta(milliseconds=10))), {})
    except HookFailed:
        print("failed")
    calls.close()

asyncio.run(main())
"""


def test_m8_a_thread_that_hangs_is_left_behind_when_the_server_stops() -> None:
    """Python joins the threads of executors at its end: with an endless loop in a hook, SIGTERM would not end the server."""
    with within(3):
        assert _said(HANGING) == ["failed"]


def _said(code: str) -> list[str]:
    """Run a script in a process of its own, for what may take the process with it; leave the log out."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    return [line for line in done.stdout.splitlines() if line in ("failed", "alive")]


async def test_m4_when_the_caller_is_cancelled_so_is_the_hook_and_no_failure_counts() -> None:
    metrics = Metrics()
    calls, cancelled = HookCaller(metrics), asyncio.Event()

    async def hook() -> None:
        try:
            await asyncio.sleep(ENOUGH)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    calling = asyncio.ensure_future(calls.call(hook_of(hook), {}))
    await asyncio.sleep(0.01)  # it is in the hook
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    async with asyncio.timeout(ENOUGH):
        await cancelled.wait()
    calls.close()
    assert _failures(metrics) == 0


async def test_m8_failures_are_counted_by_module_and_hook() -> None:
    metrics = Metrics()
    calls = HookCaller(metrics)
    await failed(calls, lambda: 1 / 0)
    await failed(calls, lambda: time.sleep(0.03), limit=0.01)
    await asked(calls, lambda: 0)
    calls.close()
    assert _failures(metrics) == 2
    assert b'laurel_hook_seconds_count{hook="reward",module="mine"} 3.0' in metrics.exposition()


def _failures(metrics: Metrics) -> float:
    value = metrics.registry.get_sample_value("laurel_hook_failures_total", {"module": "mine", "hook": "reward"})
    return value or 0.0


async def test_m8_with_every_thread_taken_others_fail_in_time_and_later_run_again(caller: HookCaller) -> None:
    released, ran = threading.Event(), threading.Event()
    taken = [
        asyncio.ensure_future(failed(caller, lambda: released.wait(ENOUGH), limit=0.02)) for _ in range(THREADS_MAX)
    ]
    await asyncio.gather(*taken)
    with within(1):
        await failed(caller, ran.set, limit=0.02)
    released.set()
    async with asyncio.timeout(ENOUGH):
        while True:  # until the threads have noticed
            with suppress(HookFailed):
                assert await asked(caller, lambda: 7) == 7
                break
    assert not ran.is_set()  # nobody waits for it any more


async def test_m8_async_hooks_run_while_every_thread_is_taken(caller: HookCaller) -> None:
    async def hook() -> int:
        return 7

    released = threading.Event()
    taken = [asyncio.ensure_future(asked(caller, lambda: released.wait(ENOUGH))) for _ in range(THREADS_MAX)]
    await asyncio.sleep(0)
    assert await asked(caller, hook, limit=1) == 7
    released.set()
    await asyncio.gather(*taken)


async def test_m8_time_that_others_took_from_the_loop_is_given_back(caller: HookCaller) -> None:
    """A hook that is in flight while another holds the loop is late by the block, and not too late."""

    async def innocent() -> int:
        for _ in range(5):
            await asyncio.sleep(0.002)
        return 7

    running = asyncio.ensure_future(asked(caller, innocent, limit=0.15))
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251 - as a hostile hook would
    assert await running == 7


async def test_m8_a_hook_that_holds_the_loop_again_and_again_gives_itself_no_time(caller: HookCaller) -> None:
    """Each block is too short to be stopped for, and each moved its own limit behind the next."""
    blocks = []

    async def hostile() -> None:
        for number in range(30):
            blocks.append(number)
            time.sleep(0.12)  # noqa: ASYNC251 - hostile
            await asyncio.sleep(0)

    await failed(caller, hostile, limit=0.01)
    assert len(blocks) < 15


async def test_m4_a_hook_that_is_late_by_itself_is_late(caller: HookCaller) -> None:
    async def slow() -> None:
        await asyncio.sleep(ENOUGH)

    with within(1):
        await failed(caller, slow, limit=0.05)
