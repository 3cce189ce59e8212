/** The instruction set whose kernels run: the best one that the processor has, or one that was asked for. */
#pragma once

#include <string>
#include <vector>

#include "kernels.h"

namespace honyaku {

/** Those that this processor has and that are not masked, the best one last. */
std::vector<std::string> instruction_sets();

const std::string& instruction_set();

/** Takes another one of `instruction_sets()`. Returns whether it is one. */
bool choose_instruction_set(const std::string& name);

/** Takes one of them, and from then on those above count as ones that the processor lacks. Returns whether it is one. */
bool mask_instruction_sets_above(const std::string& name);

const Kernels& kernels();

}  // namespace honyaku
