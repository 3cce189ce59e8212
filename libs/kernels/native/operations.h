/** What the files of operations share. */
#pragma once

#include "tensorflow.h"

namespace honyaku {

/** The time steps of `rows`, which belong to a batch and to so many positions. @throws Refused */
Sequence sequence_of(const Tensor& rows, int64_t batch, int64_t positions);

/** The rate is an attribute, the two words of the key the input of this index. @throws Refused */
DropoutKey dropout_of(const Call& call, int index, const char* name = "dropout_key");

}  // namespace honyaku
