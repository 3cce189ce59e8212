/**
 * The GRU. Forward: one product of all inputs, then for each time step one of the states. Backward: for each time step
 * one product that carries the gradient to the step before, then one product each for the gradients of the inputs and
 * of both weights.
 */
#include "recurrence.h"

namespace honyaku::INSTRUCTION_SET {

/** A row of what forward leaves holds for each vector of units r, z, n and n's recurrent part before the reset gate. */
static inline Columns three_of_four(long hidden) { return {plain(hidden).vectors() * lanes, 3, lanes, 4 * lanes}; }

/** Inputs and recurrent sums of the gates of one vector of units → gates, in place; new h. */
static inline void gru_cell(float* gates, const float* recurrent, Vector h_before, float* h, int count) {
  const Vector r = sigmoid(load(gates) + load(recurrent)), z = sigmoid(load(gates + lanes) + load(recurrent + lanes));
  const Vector recurrent_n = load(recurrent + 2 * lanes);
  const Vector n = hyperbolic_tangent(multiply_add(load(gates + 2 * lanes), r, recurrent_n));
  store(gates, r);
  store(gates + lanes, z);
  store(gates + 2 * lanes, n);
  store(gates + 3 * lanes, recurrent_n);
  store(h, multiply_add(n, z, h_before - n), count);
}

/**
 * Gradients by the gates' inputs and recurrent sums of one vector of units, [3 · lanes] each.
 * @returns the gradient by the h before past the gates
 */
static inline Vector gru_cell_gradient(const float* gates, Vector h_before, Vector dh, float* dinput,
                                       float* drecurrent) {
  const Vector r = load(gates), z = load(gates + lanes), n = load(gates + 2 * lanes);
  const Vector dn = dh * (1.0f - z) * (1.0f - n * n), dz = dh * (h_before - n) * z * (1.0f - z);
  const Vector dr = dn * load(gates + 3 * lanes) * r * (1.0f - r);
  store(dinput, dr);
  store(dinput + lanes, dz);
  store(dinput + 2 * lanes, dn);
  store(drecurrent, dr);
  store(drecurrent + lanes, dz);
  store(drecurrent + 2 * lanes, dn * r);
  return dh * z;
}

template <class Words>
static void gru_forward_of(const GruForward& p) {
  const Sequence& sequence = p.sequence;
  const long hidden = p.hidden, width = padded_width(3, hidden), stride = gate_stride(4, hidden);
  const Columns gates = gate_after_gate(3, hidden), units = plain(hidden), inputs = plain(p.input);

  const Scratch input_bias(sizeof(float) * stride), recurrent_bias(sizeof(float) * width);
  place_side_by_side(p.input_bias, gates, input_bias.as<float>(), three_of_four(hidden));
  place_side_by_side(p.recurrent_bias, gates, recurrent_bias.as<float>(), plain(width));
  const LeftRows<Words> x(p.x, sequence.positions, p.input);
  product<Words>(sequence.positions, p.input, *x, right_transposed(p.input_weight, p.input, inputs, gates),
                 one_row(input_bias.as<float>()), p.gates, stride, three_of_four(hidden));

  const RepeatedRight<Words, 3> weights(right_transposed(p.recurrent_weight, hidden, units, gates), hidden,
                                        sequence.steps);
  States<Words> states(sequence, p.h0, p.h, hidden);
  each_step(sequence, [&](const TimeStep& step) {
    const Left left = step.is_first ? states.at_start() : states.at(step.before);
    const float* const h_before = step.states_before(p.h0, p.h, hidden);
    // One panel is the three gates of one vector of units.
    parallel_panels(weights.panels(), step.rows, fewest_rows, most_rows, [&](long block, long first, long rows) {
      alignas(64) float sums[most_rows * 3 * lanes];
      weights.multiply(rows, left.from_row(first), block, {recurrent_bias.as<float>() + block * 3 * lanes, 0},
                       target_of<3>(sums, 3 * lanes, plain(3 * lanes), 0));
      const long unit = block * lanes;
      const int count = units.count(block);
      for (long row = first; row < first + rows; ++row) {
        const long position = step.offset + row;
        gru_cell(p.gates + position * stride + 4 * unit, sums + (row - first) * 3 * lanes,
                 load(h_before + row * hidden + unit, count), p.h + position * hidden + unit, count);
        states.keep(position, unit, count);
      }
    });
  });
}

/** Back through all time steps: fills the gradients of the gates, and `dh0`. */
template <class Words>
static void gru_through_time(const GruBackward& p, GateGradients<Words>& dinput, GateGradients<Words>& drecurrent) {
  const Sequence& sequence = p.sequence;
  const long hidden = p.hidden, stride = gate_stride(4, hidden);
  const Columns units = plain(hidden);
  const RepeatedRight<Words, narrow> weights(
      right_of(p.recurrent_weight, hidden, gate_after_gate(3, hidden), units), padded_width(3, hidden),
      sequence.steps + 1);

  each_step_back(sequence, [&](const TimeStep& step) {
    const long rows_after = step.rows_after;
    const float* const h_before = step.states_before(p.h0, p.h, hidden);
    // Where a row goes on its gradient comes from the next time step, after the last one from the final state.
    const long final_rows = step.is_last ? p.final_rows : 0;
    parallel_panels(weights.panels(), step.rows, fewest_rows, most_rows, [&](long panel, long first, long rows) {
      alignas(64) float dh_after[most_rows * narrow * lanes];
      const long end = first + rows, go_on = rows_after < first ? 0 : (rows_after < end ? rows_after : end) - first;
      weights.multiply(go_on, drecurrent.left_at(step.after + first), panel, from_zero,
                       target_of<narrow>(dh_after, narrow * lanes, plain(narrow * lanes), 0));
      for (long row = first; row < end; ++row)
        for (int v = 0; v < narrow; ++v) {
          const long block = panel * narrow + v, unit = block * lanes;
          const int count = units.count(block);
          if (count == 0) break;
          const long position = step.offset + row, in_row = row * hidden + unit;
          Vector dh = load(p.dh + position * hidden + unit, count);
          if (row < rows_after)
            dh += load(dh_after + ((row - first) * narrow + v) * lanes) + load(p.dh0 + in_row, count);
          else if (row < final_rows)
            dh += load(p.dh_final + in_row, count);
          const Vector past_gates =
              gru_cell_gradient(p.gates + position * stride + 4 * unit, load(h_before + in_row, count), dh,
                                dinput.at(position) + 3 * unit, drecurrent.at(position) + 3 * unit);
          store(p.dh0 + in_row, past_gates, count);
          dinput.keep(position, 3 * block, 3 * block + 3);
          drecurrent.keep(position, 3 * block, 3 * block + 3);
        }
    });
  });

  const long rows = sequence.rows_at(0);
  parallel_panels(weights.panels(), rows, fewest_rows, most_rows, [&](long panel, long first, long count) {
    float* const dh0 = p.dh0 + first * hidden;
    weights.multiply(count, drecurrent.left_at(first), panel, {dh0, hidden},
                     target_of<narrow>(dh0, hidden, units, panel));
  });
  clear_rows(p.dh0, rows, sequence.batch, hidden);
}

/** The gradient of a weight [3 hidden, columns]: its gates' gradients, transposed, times what it was multiplied with. */
template <class Words>
static void gru_weight_gradient(const GateGradients<Words>& dgates, const Gru& p, const float* multiplied, long columns,
                                float* dweight) {
  const long positions = p.sequence.positions, stride = spread(words_of<Words>(positions));
  const Columns beside{p.hidden, 3, lanes, 3 * lanes};
  const Scratch transposed(sizeof(float) * 3 * p.hidden * stride);
  transpose_left<Words>(positions, [&](long k) { return dgates.at(k); }, beside, gate_after_gate(3, p.hidden),
                        transposed.as<float>(), stride);
  product<Words>(3 * p.hidden, positions, {transposed.as<float>(), stride},
                 right_of(multiplied, columns, plain(positions), plain(columns)), from_zero, dweight, columns,
                 plain(columns));
}

template <class Words>
static void gru_backward_of(const GruBackward& p) {
  const Sequence& sequence = p.sequence;
  const long hidden = p.hidden, width = padded_width(3, hidden);
  const Columns inputs = plain(p.input);

  GateGradients<Words> dinput(sequence.positions, width), drecurrent(sequence.positions, width);
  gru_through_time(p, dinput, drecurrent);
  sum_rows(dinput.at(0), dinput.stride(), sequence.positions, 3, hidden, p.dinput_bias);
  sum_rows(drecurrent.at(0), drecurrent.stride(), sequence.positions, 3, hidden, p.drecurrent_bias);
  product<Words>(sequence.positions, width, dinput.left_at(0),
                 right_of(p.input_weight, p.input, gate_after_gate(3, hidden), inputs), from_zero, p.dx, p.input, inputs);
  gru_weight_gradient(dinput, p, p.x, p.input, p.dinput_weight);

  const Scratch pointers(sizeof(float*) * sequence.positions), states(sizeof(float) * sequence.positions * hidden);
  const float** const before = pointers.as<const float*>();
  states_before(sequence, p.h0, p.h, hidden, before);
  parallel(sequence.positions, [&](long position) {
    __builtin_memcpy(states.as<float>() + position * hidden, before[position], sizeof(float) * hidden);
  });
  gru_weight_gradient(drecurrent, p, states.as<float>(), hidden, p.drecurrent_weight);
}

void gru_forward(const GruForward& p) {
  p.precision == Precision::float32 ? gru_forward_of<Singles>(p) : gru_forward_of<Pairs>(p);
}

void gru_backward(const GruBackward& p) {
  p.precision == Precision::float32 ? gru_backward_of<Singles>(p) : gru_backward_of<Pairs>(p);
}

}  // namespace honyaku::INSTRUCTION_SET
