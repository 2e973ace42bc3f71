/** The C interface: all that crosses the library's boundary. It checks sizes, throws nothing. */
#pragma once

#include <stdint.h>

#if defined(_WIN32)
#define FOURFOLD_API __declspec(dllexport)
#else
#define FOURFOLD_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What a call came to. */
enum {
    FOURFOLD_OK = 0,
    FOURFOLD_WRONG_ARGUMENT = 1,
    FOURFOLD_NO_MEMORY = 2,
    FOURFOLD_UNKNOWN_INSTRUCTION_SET = 3,
    FOURFOLD_ENDED = 4,  /* rows after the last */
    FOURFOLD_IN_USE = 5, /* another thread is in the same stream */
    FOURFOLD_FAILED = 6  /* the self-test's result is wrong */
};

/** A convolution with stride 1 and zero padding: weight[outputs][inputs][side][side]. */
typedef struct {
    const double* weight;
    const double* bias;   /* [outputs] */
    const double* slopes; /* [outputs], or NULL where no PReLU follows */
    int32_t outputs, inputs, side;
} fourfold_layer;

typedef struct fourfold_network fourfold_network;
typedef struct fourfold_stream fourfold_stream;

/** Counts changes of this interface. */
FOURFOLD_API int32_t fourfold_interface(void);

/** To be called in the child after a fork: threads do not come along. */
FOURFOLD_API void fourfold_forked(void);

/** The name of an instruction set that can run here, best first; NULL after the last. Beside these
 *  there may be "amx_bf16", which computes in bf16 and so makes another picture: to be asked for by
 *  its name, which is unknown where it cannot run. */
FOURFOLD_API const char* fourfold_instruction_set(int32_t index);

/** Compares the kernels with direct sums on a few tiles; `error` is relative to the largest. */
FOURFOLD_API int32_t fourfold_self_test(const char* instruction_set, double* error);

/** Packs head 9x9 3 -> 64; 2 * depth and trunk 3x3 64 -> 64; upsample 3x3 64 -> 256, 1 to 3 of
 *  them; tail 5x5 256 -> 12. `count` is the number of layers. The arrays may go afterwards. */
FOURFOLD_API int32_t fourfold_network_new(const fourfold_layer* layers, int32_t count,
                                          int32_t depth, int32_t skips, const char* instruction_set,
                                          fourfold_network** network);
FOURFOLD_API void fourfold_network_free(fourfold_network* network);

/** How often a pixel of a picture is computed, on average: once up to about 2,000 columns. */
FOURFOLD_API int32_t fourfold_network_passes(const fourfold_network* network, int64_t height,
                                             int32_t width, double* passes);

/** A picture of `width` columns; the network may be freed before the stream. */
FOURFOLD_API int32_t fourfold_stream_new(const fourfold_network* network, int32_t width,
                                         int32_t threads, fourfold_stream** stream);
FOURFOLD_API void fourfold_stream_free(fourfold_stream* stream);

/** Rows of the result that a push of `rows` rows will give. */
FOURFOLD_API int32_t fourfold_stream_ready(fourfold_stream* stream, int64_t rows,
                                           int32_t last, int64_t* ready);

/** Takes rows[count][width][3] and gives result[ready][scale * width][3] of the same type: 1, 2 or
 *  4 bytes a value for uint8, uint16 and float, the same for all rows of a picture. Nothing is taken
 *  unless it returns FOURFOLD_OK; after FOURFOLD_NO_MEMORY the stream has ended. */
FOURFOLD_API int32_t fourfold_stream_push(fourfold_stream* stream, const void* rows, int64_t count,
                                          int32_t width, int32_t type, int32_t last, void* result,
                                          int64_t ready);

typedef struct fourfold_consistency fourfold_consistency;

/** A picture of `width` columns of 1 or 3 channels, whose result, 2, 4 or 8 times as large, is made
 *  consistent with it: reduced by the exact bicubic, it is the picture again. */
FOURFOLD_API int32_t fourfold_consistency_new(const char* instruction_set, int32_t width,
                                              int32_t channels, int32_t scale, int32_t threads,
                                              fourfold_consistency** consistency);
FOURFOLD_API void fourfold_consistency_free(fourfold_consistency* consistency);

/** Rows of the result that a push of `rows` rows of it will give. */
FOURFOLD_API int32_t fourfold_consistency_ready(fourfold_consistency* consistency, int64_t rows,
                                                int32_t last, int64_t* ready);

/** Takes input[input_count][values] and result[result_count][scale * values], with values = width *
 *  channels: `scale` rows of the result for each of the input, and less than `scale` more but at
 *  the last push. Gives out[ready][scale * values] of `type`, as fourfold_stream_push does. */
FOURFOLD_API int32_t fourfold_consistency_push(fourfold_consistency* consistency,
                                               const float* input, int64_t input_count,
                                               const float* result, int64_t result_count,
                                               int32_t values, int32_t type, int32_t last,
                                               void* out, int64_t ready);

/** How well it held so far: the mean square of the input less the result reduced, as it was given,
 *  in [0, 1]^2. */
FOURFOLD_API int32_t fourfold_consistency_error(fourfold_consistency* consistency, double* error);

#ifdef __cplusplus
}
#endif
