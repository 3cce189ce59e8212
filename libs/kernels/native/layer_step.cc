/**
 * One time step of a recurrent layer with packed weights: for each vector of units the sums of its gates, which stay in
 * the cache, and its cells. The sums are added in the order of the kernels of whole layers, so the bytes are the same.
 */
#include "packed.h"
#include "recurrence.h"

namespace honyaku::INSTRUCTION_SET {

/** `step(panel, first row, rows, left of x, left of h)` for each vector of units and some rows. */
template <class Words, class Step>
static void each_unit(const LayerStep& p, const Step& step) {
  const LeftRows<Words> x(p.x, p.rows, p.input), h(p.h_before, p.rows, p.hidden);
  parallel_panels(plain(p.hidden).vectors(), p.rows, fewest_rows, most_rows, [&](long panel, long first, long rows) {
    step(panel, first, rows, (*x).from_row(first), (*h).from_row(first));
  });
}

template <class Words>
static void lstm_step_of(const LstmStep& p) {
  const Columns units = plain(p.hidden);
  const long width = padded_width(4, p.hidden);
  const Scratch bias(sizeof(float) * width);
  place_side_by_side(p.bias, gate_after_gate(4, p.hidden), bias.as<float>(), plain(width));
  each_unit<Words>(p, [&](long panel, long first, long rows, Left x, Left h) {
    constexpr long stride = 4 * lanes;
    alignas(64) float gates[most_rows * stride];
    const auto target = target_of<4>(gates, stride, plain(stride), 0);
    multiply_packed<Words, 4>(rows, p.input, x, p.input_weight, panel, {bias.as<float>() + panel * stride, 0}, target);
    multiply_packed<Words, 4>(rows, p.hidden, h, p.recurrent_weight, panel, {gates, stride}, target);
    const int count = units.count(panel);
    for (long row = 0; row < rows; ++row) {
      const long at = (first + row) * p.hidden + panel * lanes;
      lstm_cell(gates + row * stride, p.c_before + at, p.c + at, p.h + at, count);
    }
  });
}

template <class Words>
static void gru_step_of(const GruStep& p) {
  const Columns gate_columns = gate_after_gate(3, p.hidden), units = plain(p.hidden);
  const long width = padded_width(3, p.hidden);
  const Scratch input_bias(sizeof(float) * width), recurrent_bias(sizeof(float) * width);
  place_side_by_side(p.input_bias, gate_columns, input_bias.as<float>(), plain(width));
  place_side_by_side(p.recurrent_bias, gate_columns, recurrent_bias.as<float>(), plain(width));
  each_unit<Words>(p, [&](long panel, long first, long rows, Left x, Left h) {
    // The cell leaves four vectors where it finds three.
    constexpr long of_panel = 3 * lanes, stride = 4 * lanes;
    alignas(64) float gates[most_rows * stride], recurrent[most_rows * of_panel];
    multiply_packed<Words, 3>(rows, p.input, x, p.input_weight, panel, {input_bias.as<float>() + panel * of_panel, 0},
                              target_of<3>(gates, stride, plain(of_panel), 0));
    multiply_packed<Words, 3>(rows, p.hidden, h, p.recurrent_weight, panel,
                              {recurrent_bias.as<float>() + panel * of_panel, 0},
                              target_of<3>(recurrent, of_panel, plain(of_panel), 0));
    const int count = units.count(panel);
    for (long row = 0; row < rows; ++row) {
      const long at = (first + row) * p.hidden + panel * lanes;
      gru_cell(gates + row * stride, recurrent + row * of_panel, load(p.h_before + at, count), p.h + at, count);
    }
  });
}

void lstm_step(const LstmStep& p) {
  p.precision == Precision::float32 ? lstm_step_of<Singles>(p) : lstm_step_of<Pairs>(p);
}

void gru_step(const GruStep& p) {
  p.precision == Precision::float32 ? gru_step_of<Singles>(p) : gru_step_of<Pairs>(p);
}

}  // namespace honyaku::INSTRUCTION_SET
