"""What the native sources may rest on: the C++ library, and in one file the operating system."""

import re

from tests.conftest import ROOT

COMPILERS_OWN = {"immintrin.h", "arm_neon.h", "cpuid.h", "stdint.h"}
"""Headers of instruction sets and of C, which every compiler brings."""


def test_only_one_file_calls_an_operating_system():
    files = [*ROOT.glob("native/**/*.cpp"), *ROOT.glob("native/**/*.h")]
    headers = {
        (file.name, header)
        for file in files
        for header in re.findall(r"#include <(.+\.h)>", file.read_text())
        if header not in COMPILERS_OWN
    }
    assert headers and {name for name, _ in headers} == {"system.cpp"}
