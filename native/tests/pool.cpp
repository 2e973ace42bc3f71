#include "pool.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "../pool.h"
#include "../tiling.h"
#include "reference.h"

namespace {

using fourfold::Blocks;
using fourfold::Pool;
using fourfold::Span;
using fourfold::Task;
using fourfold::Tiling;

/** Waits for what other threads do, not for ever. */
template <class Condition> bool comes(const Condition& condition) {
    for (int wait = 0; wait < 2000 && !condition(); wait++)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return condition();
}

/** Two pictures of one thread each are computed at a time: each waits in its first task until the
 *  other has come as far. */
void meet() {
    std::atomic<int> arrived{0};
    std::atomic<bool> met{true};
    const auto caller = [&] {
        Pool::shared().run(1, {{1, [&](int, int) {
            arrived++;
            if (!comes([&] { return arrived == 2; })) met = false;
        }}});
    };
    std::thread other(caller);
    caller();
    other.join();
    expect(met, "two callers of one thread each ran one after the other");
}

/** While a block of the first task is away, the second's go on that do not need it. */
void go_around() {
    std::atomic<int> second{0};
    std::atomic<bool> went{false}, early{false};
    const auto needs = [](int block) { return Blocks{block, block + 1}; };
    Pool::shared().run(2, {{3,
                            [&](int block, int) {
                                if (block == 0) went = comes([&] { return second == 2; });
                            }},
                           {3,
                            [&](int block, int) {
                                if (block == 0 && !went) early = true;
                                second++;
                            },
                            1, needs}});
    expect(went, "a missing block stopped what does not need it");
    expect(!early, "a block began before what it needs was done");
}

Tiling random_tiling(Noise& noise) {
    const int first = noise.between(0, 9);
    return {{first, first + noise.between(0, 40)}, noise.between(1, 4), noise.between(1, 9),
            noise.between(1, 12)};
}

/** Each row is made by the blocks that are said to make it, and by no other. */
void check_tiling(const Tiling& tiling) {
    for (int row = tiling.rows.first - 2; row < tiling.rows.end + 2; row++) {
        const Blocks makers = tiling.blocks_of({row, row + 1});
        for (int block = 0; block < tiling.blocks(); block++) {
            const Span made = tiling.rows_of(block);
            const bool makes = made.first <= row && row < made.end;
            expect(makes == (makers.first <= block && block < makers.end), "blocks of a row");
        }
    }
}

/** Layers that follow each other by their rows, on several threads: a block finds done what it
 *  needs, and all that lies further back than tasks may overlap. */
void check_order(Noise& noise) {
    constexpr int LAYERS = 12;
    std::vector<Tiling> tilings;
    std::vector<std::vector<std::atomic<bool>>> done;
    for (int layer = 0; layer < LAYERS; layer++) {
        tilings.push_back(random_tiling(noise));
        done.emplace_back(tilings.back().blocks());
    }
    const auto is_whole = [&](int layer) {
        for (const auto& block : done[layer])
            if (!block) return false;
        return true;
    };
    std::vector<Task> tasks;
    for (int layer = 0; layer < LAYERS; layer++) {
        const int overlap = layer == 0 ? 0 : std::min(noise.between(0, 3), layer);
        const auto needs = [&, layer](int block) {
            const Span rows = tilings[layer].rows_of(block);
            return tilings[layer - 1].blocks_of({rows.first - 1, rows.end + 1});
        };
        tasks.push_back({tilings[layer].blocks(), [&, needs, layer, overlap](int block, int) {
                             for (int before = 0; before < layer - overlap; before++)
                                 expect(is_whole(before), "a task began too early");
                             if (overlap > 0)
                                 for (int i = needs(block).first; i < needs(block).end; i++)
                                     expect(done[layer - 1][i], "a block began too early");
                             expect(!done[layer][block].exchange(true), "a block ran twice");
                         }});
        if (overlap > 0) tasks.back().overlap = overlap, tasks.back().needs = needs;
    }
    Pool::shared().run(3, tasks);
    for (int layer = 0; layer < LAYERS; layer++) expect(is_whole(layer), "a block never ran");
}

}  // namespace

void check_pool(uint32_t rounds) {
    if (std::thread::hardware_concurrency() > 1) {
        meet();
        go_around();
    }
    for (uint32_t round = 0; round < 20 * rounds; round++) {
        Noise noise{round};
        check_tiling(random_tiling(noise));
        check_order(noise);
    }
}
