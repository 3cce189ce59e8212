#pragma once

namespace honyaku {

/** Of what products multiply; their sums are float32 in both. */
enum class Precision { float32, bfloat16 };

}  // namespace honyaku
