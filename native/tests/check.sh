#!/bin/sh
# Builds the engine with each compiler that is here, warnings as errors, and runs
# native/tests/check.cpp: plain, under the sanitizers, and for aarch64 under qemu. To be run from the
# root of the project.
#
#     native/tests/check.sh [ROUNDS] [BUILD_FOLDER [NAME...]]
#
# NAMEs are g++, clang++, address, thread and aarch64; without, all run. Named ones are compared with
# what ran in the same folder before, so that one that was cut can be run again alone.
set -eu
rounds=${1:-10}
folder=${2:-build/check}
names=
[ $# -gt 2 ] && shift 2 && names=" $* "
digests=$folder/digests-$rounds
for name in $names; do
    case $name in
        g++ | clang++ | address | thread | aarch64) ;;
        *) echo "no check is named $name" && exit 2 ;;
    esac
done

is_wanted() {
    case "${names:- $1 }" in *" $1 "*) ;; *) return 1 ;; esac
}

# check NAME ROUNDS CMAKE_OPTION...
check() {
    name=$1 count=$2
    shift 2
    is_wanted "$name" || return 0
    echo "== $name"
    cmake -S . -B "$folder/$name" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@" >"$folder/$name.log"
    cmake --build "$folder/$name" --target check --parallel 2 >>"$folder/$name.log" 2>&1 ||
        { cat "$folder/$name.log"; exit 1; }
    ${RUNNER:-} "$folder/$name/check" $count | tee "$folder/$name.results"
    # a pipe forgets the failure; the last line is there only if all went well
    grep -q 'digest' "$folder/$name.results" || exit 1
    # compilers, sanitizers and processors agree where multiply-adds are fused
    grep 'digest' "$folder/$name.results" | grep -v baseline | sed 's/.*digest //' >>"$digests"
    if [ "$(sort -u "$digests" | wc -l)" -gt 1 ]; then
        echo "FAILED: $name gave other results than the ones before"
        exit 1
    fi
}

# A function that a kernel's source shares with others would be merged by the linker, and then run
# with instructions that the processor may not have.
no_shared_functions() {
    for object in $(find "$folder/$1" -path '*kernels_*' -name '*.o'); do
        if nm "$object" | grep -E ' [WVu] '; then
            echo "FAILED: $object shares these with other sources"
            exit 1
        fi
    done
}

mkdir -p "$folder"
[ "$names" ] || : >"$digests"
for compiler in g++ clang++; do
    command -v $compiler >/dev/null || { echo "== no $compiler here"; continue; }
    check $compiler "$rounds" -DCMAKE_CXX_COMPILER=$compiler
    if is_wanted $compiler; then no_shared_functions $compiler; fi
done
# clang takes many minutes over the kernels' unrolled loops with its undefined-behaviour checks
compiler=$(command -v g++ || command -v clang++)
check address "$rounds narrow" -DCMAKE_CXX_COMPILER="$compiler" -DFOURFOLD_SANITIZE=address,undefined
check thread "$rounds narrow" -DCMAKE_CXX_COMPILER="$compiler" -DFOURFOLD_SANITIZE=thread
if command -v aarch64-linux-gnu-g++ >/dev/null && command -v qemu-aarch64 >/dev/null; then
    RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu" check aarch64 "$rounds narrow" \
        -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
        -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++
else
    echo "== no compiler or emulator for aarch64 here (Debian: g++-aarch64-linux-gnu, qemu-user)"
fi
