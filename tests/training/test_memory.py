"""The allocator's thresholds."""

import subprocess
import sys

import pytest

REPORT = """
import ctypes, resource
from fourfold.training.memory import keep_freed_memory
assert {keep} is None or keep_freed_memory()
def fill():
    block = ctypes.create_string_buffer(64 << 20)
    ctypes.memset(block, 1, len(block))
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep: str) -> int:
    code = REPORT.format(keep=keep)
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's mallopt is for Linux")
def test_freed_memory_is_not_faulted_in_again():
    assert faults("True") < 0.1 * faults("None")
