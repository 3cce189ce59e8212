#include "scratch.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

namespace honyaku {
namespace {

constexpr size_t cache_line = 64;

/** Blocks that nobody uses, by size; kernels ask for the same few sizes step after step. */
struct FreeBlocks {
  std::mutex mutex;
  std::multimap<size_t, void*> by_size;
};

FreeBlocks& free_blocks() {
  static auto* const blocks = new FreeBlocks;
  return *blocks;
}

}  // namespace

Scratch::Scratch(size_t bytes) : data_(nullptr), bytes_((bytes / cache_line + 1) * cache_line) {
  FreeBlocks& blocks = free_blocks();
  const std::lock_guard<std::mutex> lock(blocks.mutex);
  const auto fitting = blocks.by_size.lower_bound(bytes_);
  if (fitting != blocks.by_size.end()) {
    bytes_ = fitting->first;
    data_ = fitting->second;
    blocks.by_size.erase(fitting);
    return;
  }
  // Blocks that proved too small would only pile up where sentences grow longer and longer.
  if (!blocks.by_size.empty()) {
    const auto largest = std::prev(blocks.by_size.end());
    std::free(largest->second);
    blocks.by_size.erase(largest);
  }
  data_ = std::aligned_alloc(cache_line, bytes_);
  if (data_ == nullptr) throw std::bad_alloc();
}

Scratch::~Scratch() {
  FreeBlocks& blocks = free_blocks();
  const std::lock_guard<std::mutex> lock(blocks.mutex);
  blocks.by_size.emplace(bytes_, data_);
}

}  // namespace honyaku
