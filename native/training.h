/** The C interface of the training kernels: convolutions and their gradients, in fp32.
 *
 *  All batches are channels-last without padding: [images][height][width][channels], as PyTorch
 *  holds them in its memory format channels_last; weights [outputs][3][3][inputs] likewise. A map
 *  is kept as it was before its PReLU, which whoever reads it applies (`slopes`). Channels come in
 *  groups of 64, up to 512. Statuses are those of fourfold.h. Nothing may overlap what is written.
 *
 *  The result is the same for any number of threads.
 */
#pragma once

#include "fourfold.h"

#ifdef __cplusplus
extern "C" {
#endif

/** output = bias + convolution(PReLU(input)) + skip: 3x3, zero padding. */
typedef struct {
    int32_t images, height, width; /* of the input */
    int32_t inputs, outputs;       /* channels */
    int32_t stride;          /* 1; or 2, where height and width are even */
    int32_t shuffled;        /* 1: the output is [images][2 height][2 width][outputs / 4], after the
                                sub-pixel shuffle; outputs is then 256, the stride 1, and there is
                                no skip */
    int32_t threads;
    const float* input;
    const float* slopes; /* [inputs], or NULL: the input as it is */
    const float* weight;
    const float* bias; /* [outputs], or NULL */
    const float* skip; /* shaped as the output, or NULL */
    float* output;
} fourfold_training_forward;

FOURFOLD_API int32_t fourfold_train_forward(const char* instruction_set,
                                            const fourfold_training_forward* layer);

/** `count` layers, each when the one before is done, as that many calls would compute them; but
 *  threads do not pause in between. */
FOURFOLD_API int32_t fourfold_train_forward_layers(const char* instruction_set,
                                                   const fourfold_training_forward* layers,
                                                   int32_t count);

/** The gradients of the same layer; each that is NULL is not computed. */
typedef struct {
    int32_t images, height, width;
    int32_t inputs, outputs;
    int32_t stride;
    int32_t shuffled;
    int32_t threads;
    const float* input; /* with weight_gradient or slopes */
    const float* slopes;
    const float* weight;
    const float* gradient; /* of the output */
    const float* skip;     /* shaped as the input: added to its gradient; or NULL */
    float* input_gradient;
    float* slope_gradient;  /* [inputs]: with slopes and input_gradient */
    float* weight_gradient; /* as weight */
    float* bias_gradient;   /* [outputs] */
} fourfold_training_backward;

FOURFOLD_API int32_t fourfold_train_backward(const char* instruction_set,
                                             const fourfold_training_backward* layer);

FOURFOLD_API int32_t fourfold_train_backward_layers(const char* instruction_set,
                                                    const fourfold_training_backward* layers,
                                                    int32_t count);

/** The 9x9 tail, 64 channels to R'G'B', zero padding: weight[3][9][9][64]. `height` and `width`
 *  are even. Forward writes `output`; backward reads `gradient` and writes all gradients. */
typedef struct {
    int32_t images, height, width;
    int32_t threads;
    const float* input;
    const float* slopes; /* [64], or NULL */
    const float* weight;
    const float* bias; /* [3]; forward */
    float* output;
    const float* gradient; /* of the output; backward, as all that follows */
    float* input_gradient;
    float* slope_gradient; /* [64], with slopes */
    float* weight_gradient;
    float* bias_gradient;
} fourfold_training_tail;

FOURFOLD_API int32_t fourfold_train_tail_forward(const char* instruction_set,
                                                 const fourfold_training_tail* tail);
FOURFOLD_API int32_t fourfold_train_tail_backward(const char* instruction_set,
                                                  const fourfold_training_tail* tail);

/** The gradients of a judge's first convolution, 3x3 from R'G'B' to 64 channels, zero padding:
 *  weight[64][3][3][3]. Each that is NULL is not computed. */
typedef struct {
    int32_t images, height, width;
    int32_t threads;
    const float* input; /* with weight_gradient or bias_gradient */
    const float* weight;
    const float* gradient; /* of the output */
    float* input_gradient;
    float* weight_gradient;
    float* bias_gradient; /* [64] */
} fourfold_training_first;

FOURFOLD_API int32_t fourfold_train_first_backward(const char* instruction_set,
                                                   const fourfold_training_first* layer);

/** The largest of each 2x2 pixels; `height` and `width`, the input's, are even. The gradient goes
 *  to the first of the largest, row by row. */
typedef struct {
    int32_t images, height, width;
    int32_t channels;
    int32_t threads;
    const float* input;
    float* output;
    const float* gradient; /* of the output; backward, as what follows */
    float* input_gradient;
} fourfold_training_pooling;

FOURFOLD_API int32_t fourfold_train_pool_forward(const char* instruction_set,
                                                 const fourfold_training_pooling* layer);
FOURFOLD_API int32_t fourfold_train_pool_backward(const char* instruction_set,
                                                  const fourfold_training_pooling* layer);

/** Counts changes of the training kernels' results: a run that goes on with others says so. */
FOURFOLD_API int32_t fourfold_train_version(void);

/** Compares all of the above with direct sums on a few tiles; `error` is relative to the largest
 *  of each. */
FOURFOLD_API int32_t fourfold_train_self_test(const char* instruction_set, double* error);

#ifdef __cplusplus
}
#endif
