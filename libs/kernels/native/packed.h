/** Panels of weights that were packed before: all panels of a matrix below each other. */
#pragma once

#include "decoding.h"
#include "product.h"

namespace honyaku::INSTRUCTION_SET {

/** Vectors of a panel, as a type. */
template <int Count>
struct PanelOf {
  static constexpr int vectors = Count;
};

/** Floats of one panel. Packing a transposed matrix may write up to a vector of rows more than there are. */
template <class Words, int Vectors>
static inline long panel_size(long depth) {
  return (words_of<Words>(depth) + lanes) * Vectors * lanes;
}

/** target = start + left [rows, depth] · one panel */
template <class Words, int Vectors>
static inline void multiply_packed(long rows, long depth, Left left, const float* packed, long panel, Start start,
                                   const Target<Vectors>& target) {
  multiply_panel<Words, Vectors>(rows, words_of<Words>(depth), left,
                                 packed_panel<Vectors>(packed + panel * panel_size<Words, Vectors>(depth)), start, target);
}

}  // namespace honyaku::INSTRUCTION_SET
