"""Which kernels run here, chosen how, and that they compute rightly."""

import platform
import sys

import pytest

from fourfold.engine import NativeEngine, SelfTest, instruction_sets, self_test, why_not
from fourfold.engine.library import find_library
from fourfold.errors import UnavailableDevice
from fourfold.weights import GeneratorConfig, fold
from tests.generators import random_weights

NETWORK = fold(random_weights(GeneratorConfig(depth=1), 1))
SETS = instruction_sets() if find_library() else ()


def test_there_is_always_one_instruction_set():
    least = "neon" if platform.machine() in ("aarch64", "arm64") else "baseline"
    assert SETS[-1] == least


def test_the_best_is_taken_where_none_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FOURFOLD_ISA", raising=False)
    assert NativeEngine(NETWORK).isa == SETS[0]


def test_the_environment_may_name_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOURFOLD_ISA", SETS[-1])
    assert NativeEngine(NETWORK).isa == SETS[-1]


def test_the_caller_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOURFOLD_ISA", "none such")
    assert NativeEngine(NETWORK, isa=SETS[0]).isa == SETS[0]


@pytest.mark.parametrize("isa", ["sse9", "AVX2", "avx51"])
def test_one_that_is_not_here_is_an_error_in_a_sentence(isa: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOURFOLD_ISA", isa)
    with pytest.raises(UnavailableDevice, match=f"instruction set '{isa}'"):
        NativeEngine(NETWORK)
    with pytest.raises(UnavailableDevice, match=f"instruction set '{isa}'"):
        why_not()


def test_one_whose_kernels_compute_wrongly_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    def failing(isa: str) -> SelfTest:
        return SelfTest(isa=isa, error=0.5, passed=isa in passing)

    monkeypatch.delenv("FOURFOLD_ISA", raising=False)
    monkeypatch.setattr(sys.modules["fourfold.engine.instruction_sets"], "self_test", failing)
    passing = set(SETS[-1:])
    assert NativeEngine(NETWORK).isa == SETS[-1]
    passing = set()
    with pytest.raises(UnavailableDevice, match=f"The {SETS[0]} kernels compute wrongly"):
        NativeEngine(NETWORK)


@pytest.mark.parametrize("isa", SETS)
def test_the_kernels_pass_their_own_test(isa: str):
    test = self_test(isa)
    assert test.passed and 0 < test.error < 1e-5 and test.isa == isa


def test_testing_one_that_is_not_here_is_an_error():
    with pytest.raises(UnavailableDevice, match="does not have"):
        self_test("sse9")
