/** What Node sees of the library; loading it registers the operations with the TensorFlow that is there already. */
#include <malloc.h>
#include <node_api.h>

#include <climits>
#include <cstdlib>
#include <string>

#include "dispatch.h"
#include "tensorflow.h"
#include "threads.h"

namespace honyaku {
namespace {

napi_value text(napi_env env, const std::string& value) {
  napi_value made = nullptr;
  napi_create_string_utf8(env, value.data(), value.size(), &made);
  return made;
}

napi_value number(napi_env env, long value) {
  napi_value made = nullptr;
  napi_create_int64(env, value, &made);
  return made;
}

napi_value argument(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value = nullptr;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  return value;
}

std::string text_of(napi_env env, napi_value value) {
  char buffer[64] = {};
  napi_get_value_string_utf8(env, value, buffer, sizeof buffer, nullptr);
  return buffer;
}

std::string allowed() {
  std::string names;
  for (const std::string& name : instruction_sets()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

void refuse(napi_env env, const std::string& name, const std::string& asked_by) {
  const std::string sentence = asked_by + " is \"" + name + "\"; this processor has " + allowed() + ".";
  napi_throw_range_error(env, nullptr, sentence.c_str());
}

napi_value get_instruction_set(napi_env env, napi_callback_info) { return text(env, instruction_set()); }

napi_value get_instruction_sets(napi_env env, napi_callback_info) {
  napi_value names = nullptr;
  napi_create_array(env, &names);
  uint32_t index = 0;
  for (const std::string& name : instruction_sets()) napi_set_element(env, names, index++, text(env, name));
  return names;
}

napi_value set_instruction_set(napi_env env, napi_callback_info info) {
  const std::string name = text_of(env, argument(env, info));
  if (!choose_instruction_set(name)) refuse(env, name, "The instruction set");
  return nullptr;
}

napi_value get_threads(napi_env env, napi_callback_info) { return number(env, thread_count()); }

napi_value set_threads(napi_env env, napi_callback_info info) {
  int64_t count = 0;
  napi_get_value_int64(env, argument(env, info), &count);
  if (count >= 1 && count <= 1024) set_thread_count(count);
  else napi_throw_range_error(env, nullptr, "The number of threads must be 1 to 1024.");
  return nullptr;
}

void give(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value made = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &made);
  napi_set_named_property(env, exports, name, made);
}

/** Once in a process, however many of its threads load the library. Returns TensorFlow's reason where it refuses. */
const std::string& register_all() {
  static const std::string reason = []() -> std::string {
    try {
      for (const auto& group : {operations(), row_operations(), transformer_operations(), decoding_operations()})
        for (const Operation& operation : group) register_operation(operation);
      return "";
    } catch (const Refused& refused) {
      return refused.sentence;
    }
  }();
  return reason;
}

/**
 * Lets the memory of a step's tensors serve the next step. By default glibc gives each larger one back to the kernel, and
 * a fresh one costs a page fault for every 4 kB.
 */
void keep_freed_memory() {
#ifdef __GLIBC__
  const int most_that_glibc_takes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, most_that_glibc_takes);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

}  // namespace
}  // namespace honyaku

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  using namespace honyaku;
  keep_freed_memory();
  const char* const highest = std::getenv("HONYAKU_INSTRUCTION_SET");
  if (highest != nullptr && !mask_instruction_sets_above(highest)) refuse(env, highest, "HONYAKU_INSTRUCTION_SET");
  if (const std::string& reason = register_all(); !reason.empty()) napi_throw_error(env, nullptr, reason.c_str());
  give(env, exports, "instructionSet", get_instruction_set);
  give(env, exports, "instructionSets", get_instruction_sets);
  give(env, exports, "setInstructionSet", set_instruction_set);
  give(env, exports, "threads", get_threads);
  give(env, exports, "setThreads", set_threads);
  napi_set_named_property(env, exports, "version", text(env, HONYAKU_KERNELS_VERSION));
  return exports;
}
