/** Inverted dropout (Srivastava et al. 2014): what is kept is scaled up. The mask is made anew for the gradient. */
#include "kernels.h"
#include "threads.h"
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
constexpr long elements_of_task = 256 * 2 * half;

void dropout(const Dropout& p) {
  const uint32_t dropped = static_cast<uint32_t>(static_cast<double>(p.rate) * 4294967296.0);
  const Vector scale = all(1.0f / (1.0f - p.rate));
  const auto keep = [&](Bits words, long at) {
    if (at >= p.size) return;
    const int count = static_cast<int>(p.size - at < lanes ? p.size - at : lanes);
    const Vector x = load(p.x + at, count) * scale;
    store(p.out + at, words >= dropped ? x : zeros(), count);
  };
  Bits lane{};
  for (int index = 0; index < lanes; ++index) lane[index] = static_cast<uint32_t>(index);

  parallel((p.size + elements_of_task - 1) / elements_of_task, [&](long task) {
    for (long block = task * elements_of_task; block < p.size && block < (task + 1) * elements_of_task; block += 2 * half)
      for (long at = block; at < block + half; at += lanes) {
        Bits first = lane + static_cast<uint32_t>(block / 2 + at - block), second{};
        threefry(p.key, first, second);
        keep(first, at);
        keep(second, at + half);
      }
  });
}

}  // namespace honyaku::INSTRUCTION_SET
