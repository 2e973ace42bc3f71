/** The training kernels over whole layers: packing, blocks among threads, sums over slices. */
#pragma once

#include "training.h"
#include "training_kernels.h"

namespace fourfold {

/** The training kernels called `name`, or null if they cannot run here. */
const TrainingKernels* find_training_kernels(const char* name);

/** What the C interface asks for; sizes are right. */
void run_forward(const TrainingKernels& kernels, const fourfold_training_forward* layers,
                 int count);
void run_backward(const TrainingKernels& kernels, const fourfold_training_backward* layers,
                  int count);
void run_tail_forward(const TrainingKernels& kernels, const fourfold_training_tail& tail);
void run_tail_backward(const TrainingKernels& kernels, const fourfold_training_tail& tail);
void run_first_backward(const TrainingKernels& kernels, const fourfold_training_first& layer);
void run_pool_forward(const TrainingKernels& kernels, const fourfold_training_pooling& layer);
void run_pool_backward(const TrainingKernels& kernels, const fourfold_training_pooling& layer);

}  // namespace fourfold
