/** Inverted dropout (Srivastava et al. 2014) of parts of a tensor; what is dropped is a function of key and place alone. */
#pragma once

#include "dropout_key.h"
#include "vector.h"

namespace honyaku::INSTRUCTION_SET {

typedef uint32_t Bits __attribute__((vector_size(4 * lanes)));

static inline Bits rotated(Bits x, int by) { return x << by | x >> (32 - by); }

/** Threefry2x32 with 20 rounds (Salmon et al. 2011): two random words of each counter, a function of the key alone. */
static inline void threefry(const uint32_t key[2], Bits& first, Bits& second) {
  constexpr int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t keys[3] = {key[0], key[1], 0x1bd11bda ^ key[0] ^ key[1]};
  first += keys[0];
  second += keys[1];
#pragma GCC unroll 20
  for (int round = 0; round < 20; ++round) {
    first += second;
    second = rotated(second, rotations[round % 8]) ^ first;
    if (round % 4 == 3) {
      const int injection = round / 4 + 1;
      first += keys[injection % 3];
      second += keys[(injection + 1) % 3] + static_cast<uint32_t>(injection);
    }
  }
}

/** One counter gives the words of two elements that stand this far apart, with any number of lanes. */
constexpr long half = 16;
/** A part of a tensor begins at a multiple of so many elements. */
constexpr long drop_alignment = 2 * half;

/**
 * Elements [from, end) of a tensor: what is kept is scaled up. The mask is made anew for the gradient.
 * @param from a multiple of `drop_alignment`
 * @param out may be x
 */
static void drop_elements(const DropoutKey& dropout, const float* x, float* out, long from, long end) {
  const uint32_t dropped = static_cast<uint32_t>(static_cast<double>(dropout.rate) * 4294967296.0);
  const Vector scale = all(1.0f / (1.0f - dropout.rate));
  const auto keep = [&](Bits words, long at) {
    if (at >= end) return;
    const int count = static_cast<int>(end - at < lanes ? end - at : lanes);
    const Vector kept = load(x + at, count) * scale;
    store(out + at, words >= dropped ? kept : zeros(), count);
  };
  Bits lane{};
  for (int index = 0; index < lanes; ++index) lane[index] = static_cast<uint32_t>(index);
  for (long block = from; block < end; block += drop_alignment)
    for (long at = block; at < block + half; at += lanes) {
      Bits first = lane + static_cast<uint32_t>(block / 2 + at - block), second{};
      threefry(dropout.words, first, second);
      keep(first, at);
      keep(second, at + half);
    }
}

}  // namespace honyaku::INSTRUCTION_SET
