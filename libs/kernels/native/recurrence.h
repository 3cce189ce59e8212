/** What the recurrent layers share: their gates' order in memory, the states between time steps, and where rows end. */
#pragma once

#include "kernels.h"
#include "product.h"

namespace honyaku::INSTRUCTION_SET {

/** Rows of one task of a time step. */
constexpr long fewest_rows = 24, most_rows = 96;

/** Gates of a row, the same vector of units of each gate side by side; the last units are filled up to a vector. */
static inline long padded_width(long gates, long hidden) { return gates * plain(hidden).vectors() * lanes; }

/** Columns of the gates that a forward kernel leaves. */
static inline long gate_stride(long gates, long hidden) { return spread(padded_width(gates, hidden)); }

/** One row with gate after gate → side by side, filled up with zeros. */
static inline void place_side_by_side(const float* from, const Columns& after, float* to, const Columns& beside) {
  for (long vector = 0; vector < after.vectors(); ++vector)
    store(to + beside.at(vector), load(from + after.at(vector), after.count(vector)));
}

/** Sums of all rows with their gates side by side → one row in gate-after-gate order. */
static inline void sum_rows(const float* rows, long stride, long count, long gates, long hidden, float* sums) {
  const Columns columns = gate_after_gate(gates, hidden);
  parallel(columns.vectors() / gates, [&](long block) {
    for (long vector = block * gates; vector < (block + 1) * gates; ++vector) {
      Vector sum = zeros();
      for (long row = 0; row < count; ++row) sum += load(rows + row * stride + vector * lanes);
      store(sums + columns.at(vector), sum, columns.count(vector));
    }
  });
}

/** The words of `count` neighbouring floats, into their row. */
template <class Words>
static inline void keep_words(const float* from, int count, float* words) {
  store(words, Words::along(from, count, nullptr, 0), static_cast<int>(words_of<Words>(count)));
}

/** States h as the left side of products: floats where they are, bfloat16 beside them as they come. */
template <class Words>
class States {
 public:
  States(const Sequence& sequence, const float* h0, const float* h, long hidden)
      : start_(h0, sequence.batch, hidden),
        h_(h),
        hidden_(hidden),
        stride_(words_of<Words>(hidden)),
        memory_(Words::depth == 1 ? 0 : sizeof(float) * sequence.positions * stride_) {}

  Left at_start() const { return *start_; }

  /** Of the time step that begins at a position. */
  Left at(long position) const {
    return {(Words::depth == 1 ? h_ : memory_.template as<float>()) + position * stride_, stride_};
  }

  /** Takes over `count` units of a position that have been computed. */
  void keep(long position, long unit, int count) {
    if (Words::depth == 1) return;
    keep_words<Words>(h_ + position * hidden_ + unit, count,
                      memory_.template as<float>() + position * stride_ + unit / Words::depth);
  }

 private:
  const LeftRows<Words> start_;
  const float* const h_;
  const long hidden_, stride_;
  const Scratch memory_;
};

/** Gradients by the sums of the gates [positions, gates side by side], as floats and as the left side of products. */
template <class Words>
class GateGradients {
 public:
  GateGradients(long positions, long width)
      : stride_(spread(width)),
        words_stride_(spread(words_of<Words>(width))),
        floats_(sizeof(float) * positions * stride_),
        words_(Words::depth == 1 ? 0 : sizeof(float) * positions * words_stride_) {}

  long stride() const { return stride_; }
  float* at(long position) const { return floats_.as<float>() + position * stride_; }

  Left left_at(long position) const {
    return {(Words::depth == 1 ? floats_ : words_).template as<float>() + position * words_stride_, words_stride_};
  }

  /** Takes over vectors [first, end) of a position that have been computed. */
  void keep(long position, long first, long end) {
    if (Words::depth == 1) return;
    for (long vector = first; vector < end; ++vector)
      keep_words<Words>(at(position) + vector * lanes, lanes,
                        words_.as<float>() + position * words_stride_ + vector * lanes / Words::depth);
  }

 private:
  const long stride_, words_stride_;
  const Scratch floats_, words_;
};

/** A time step among its neighbours. */
struct TimeStep {
  long rows, offset;  // its positions begin at `offset`
  bool is_first, is_last;
  long before, after;  // where the positions of its neighbours begin
  long rows_after;     // rows that go on

  /** Rows of the states from which it starts, [rows, hidden]. */
  const float* states_before(const float* start, const float* states, long hidden) const {
    return is_first ? start : states + before * hidden;
  }
};

static inline TimeStep time_step(const Sequence& sequence, long step, long offset) {
  const long rows = sequence.rows[step], rows_before = step == 0 ? 0 : sequence.rows[step - 1];
  return {rows, offset, step == 0, step == sequence.steps - 1, offset - rows_before, offset + rows,
          sequence.rows_at(step + 1)};
}

template <class Function>
static inline void each_step(const Sequence& sequence, const Function& function) {
  for (long step = 0, offset = 0; step < sequence.steps; offset += sequence.rows[step++])
    function(time_step(sequence, step, offset));
}

/** From the last time step to the first. */
template <class Function>
static inline void each_step_back(const Sequence& sequence, const Function& function) {
  long offset = sequence.positions;
  for (long step = sequence.steps - 1; step >= 0; --step) function(time_step(sequence, step, offset -= sequence.rows[step]));
}

/** The state that each position started from: pointers [positions] to rows of h0 and h. */
static inline void states_before(const Sequence& sequence, const float* h0, const float* h, long hidden,
                                 const float** before) {
  each_step(sequence, [&](const TimeStep& step) {
    const float* const states = step.states_before(h0, h, hidden);
    for (long row = 0; row < step.rows; ++row) before[step.offset + row] = states + row * hidden;
  });
}

/** Rows from `first` on, of a matrix [rows, columns], become zeros. */
static inline void clear_rows(float* data, long first, long rows, long columns) {
  if (rows > first) __builtin_memset(data + first * columns, 0, sizeof(float) * (rows - first) * columns);
}

}  // namespace honyaku::INSTRUCTION_SET
