#include "dispatch.h"

namespace honyaku {

namespace x86_64 {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
namespace avx512_bf16 {
extern const Kernels kernels;
}

namespace {

struct InstructionSet {
  std::string name;
  bool is_there;
  const Kernels* kernels;
};

/** The flags of each set stand in tools/setup/kernels.ts. `__builtin_cpu_supports` asks the system too. */
std::vector<InstructionSet>& known() {
  static std::vector<InstructionSet> sets = [] {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    const bool avx512_bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    return std::vector<InstructionSet>{
        {"x86-64", true, &x86_64::kernels},
        {"avx2", avx2, &avx2::kernels},
        {"avx512", avx512, &avx512::kernels},
        {"avx512-bf16", avx512_bf16, &avx512_bf16::kernels},
    };
  }();
  return sets;
}

const InstructionSet*& chosen() {
  static const InstructionSet* set = [] {
    const InstructionSet* best = nullptr;
    for (const InstructionSet& each : known())
      if (each.is_there) best = &each;
    return best;
  }();
  return set;
}

}  // namespace

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const InstructionSet& each : known())
    if (each.is_there) names.push_back(each.name);
  return names;
}

const std::string& instruction_set() { return chosen()->name; }

bool choose_instruction_set(const std::string& name) {
  for (const InstructionSet& each : known())
    if (each.is_there && each.name == name) {
      chosen() = &each;
      return true;
    }
  return false;
}

bool mask_instruction_sets_above(const std::string& name) {
  if (!choose_instruction_set(name)) return false;
  for (InstructionSet& each : known()) each.is_there = each.is_there && &each <= chosen();
  return true;
}

const Kernels& kernels() { return *chosen()->kernels; }

}  // namespace honyaku
