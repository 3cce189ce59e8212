#pragma once

#include <cstdint>

namespace honyaku {

/** Elements that are kept are divided by 1 - rate; which those are is a function of the key and their place alone. */
struct DropoutKey {
  uint32_t words[2];
  float rate;
};

}  // namespace honyaku
