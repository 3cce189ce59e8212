/** Memory that a kernel needs while it runs, kept for the next one: asking the system each time costs page faults. */
#pragma once

#include <cstddef>

namespace honyaku {

/** Uninitialised bytes, aligned to a cache line; given back when it goes out of scope. */
class Scratch {
 public:
  explicit Scratch(size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_;
  size_t bytes_;
};

}  // namespace honyaku
