/**
 * The LSTM. Forward: one product of all inputs, then for each time step one of the states, with the cells computed
 * where the sums of their gates lie. Backward: for each time step one product that carries the gradient to the step
 * before, then one product each for the gradients of the inputs and of the kernel.
 */
#include "recurrence.h"

namespace honyaku::INSTRUCTION_SET {

/** Sums of the gates of one vector of units → gates, in place; new c and h. */
static inline void lstm_cell(float* gates, const float* c_before, float* c, float* h, int count) {
  const Vector i = sigmoid(load(gates)), g = hyperbolic_tangent(load(gates + lanes));
  const Vector f = sigmoid(load(gates + 2 * lanes)), o = sigmoid(load(gates + 3 * lanes));
  const Vector state = multiply_add(f * load(c_before, count), i, g);
  store(gates, i);
  store(gates + lanes, g);
  store(gates + 2 * lanes, f);
  store(gates + 3 * lanes, o);
  store(c, state, count);
  store(h, o * hyperbolic_tangent(state), count);
}

/** Gradients by the sums of the gates of one vector of units. @returns the gradient by the c before */
static inline Vector lstm_cell_gradient(const float* gates, Vector c_before, Vector c, Vector dh, Vector dc,
                                        float* dgates) {
  const Vector i = load(gates), g = load(gates + lanes), f = load(gates + 2 * lanes), o = load(gates + 3 * lanes);
  const Vector tanh_c = hyperbolic_tangent(c);
  const Vector d = multiply_add(dc, dh * o, 1.0f - tanh_c * tanh_c);
  store(dgates, d * g * i * (1.0f - i));
  store(dgates + lanes, d * i * (1.0f - g * g));
  store(dgates + 2 * lanes, d * c_before * f * (1.0f - f));
  store(dgates + 3 * lanes, dh * tanh_c * o * (1.0f - o));
  return d * f;
}

template <class Words>
static void lstm_forward_of(const LstmForward& p) {
  const Sequence& sequence = p.sequence;
  const long hidden = p.hidden, width = padded_width(4, hidden), stride = gate_stride(4, hidden);
  const Columns kernel_columns = gate_after_gate(4, hidden), units = plain(hidden);

  const Scratch bias(sizeof(float) * width);
  place_side_by_side(p.bias, kernel_columns, bias.as<float>(), plain(width));
  const LeftRows<Words> x(p.x, sequence.positions, p.input);
  product<Words>(sequence.positions, p.input, *x, right_of(p.kernel, 4 * hidden, plain(p.input), kernel_columns),
                 one_row(bias.as<float>()),
                 p.gates, stride, plain(width));

  const Right recurrent = right_of(p.kernel + p.input * 4 * hidden, 4 * hidden, units, kernel_columns);
  const RepeatedRight<Words, 4> weights(recurrent, hidden, sequence.steps);
  States<Words> states(sequence, p.h0, p.h, hidden);
  each_step(sequence, [&](const TimeStep& step) {
    const Left h_before = step.is_first ? states.at_start() : states.at(step.before);
    const float* const c_before = step.states_before(p.c0, p.c, hidden);
    // One panel is the four gates of one vector of units.
    parallel_panels(weights.panels(), step.rows, fewest_rows, most_rows, [&](long block, long first, long rows) {
      const auto gates = target_of<4>(p.gates + (step.offset + first) * stride, stride, plain(width), block);
      weights.multiply(rows, h_before.from_row(first), block, {gates.data, stride}, gates);
      const long unit = block * lanes;
      const int count = units.count(block);
      for (long row = first; row < first + rows; ++row) {
        const long position = step.offset + row, state = position * hidden + unit;
        lstm_cell(p.gates + position * stride + 4 * unit, c_before + row * hidden + unit, p.c + state, p.h + state, count);
        states.keep(position, unit, count);
      }
    });
  });
}

/** Back through all time steps: fills `dgates`, `dh0` and `dc0`. */
template <class Words>
static void lstm_through_time(const LstmBackward& p, GateGradients<Words>& dgates) {
  const Sequence& sequence = p.sequence;
  const long hidden = p.hidden, stride = gate_stride(4, hidden);
  const Columns units = plain(hidden);
  const Right recurrent = right_transposed(p.kernel + p.input * 4 * hidden, 4 * hidden, gate_after_gate(4, hidden), units);
  const RepeatedRight<Words, narrow> weights(recurrent, padded_width(4, hidden), sequence.steps + 1);

  each_step_back(sequence, [&](const TimeStep& step) {
    const long rows_after = step.rows_after;
    const float* const c_before = step.states_before(p.c0, p.c, hidden);
    // Where a row goes on its gradients come from the next time step, after the last one from the final state.
    const long final_rows = step.is_last ? p.final_rows : 0;
    parallel_panels(weights.panels(), step.rows, fewest_rows, most_rows, [&](long panel, long first, long rows) {
      alignas(64) float dh_after[most_rows * narrow * lanes];
      const long end = first + rows, go_on = rows_after < first ? 0 : (rows_after < end ? rows_after : end) - first;
      weights.multiply(go_on, dgates.left_at(step.after + first), panel, from_zero,
                       target_of<narrow>(dh_after, narrow * lanes, plain(narrow * lanes), 0));
      for (long row = first; row < end; ++row)
        for (int v = 0; v < narrow; ++v) {
          const long block = panel * narrow + v, unit = block * lanes;
          const int count = units.count(block);
          if (count == 0) break;
          const long position = step.offset + row, state = position * hidden + unit, in_row = row * hidden + unit;
          Vector dh = load(p.dh + state, count), dc = zeros();
          if (row < rows_after) {
            dh += load(dh_after + ((row - first) * narrow + v) * lanes);
            dc = load(p.dc0 + in_row, count);
          } else if (row < final_rows) {
            dh += load(p.dh_final + in_row, count);
            dc = load(p.dc_final + in_row, count);
          }
          dc = lstm_cell_gradient(p.gates + position * stride + 4 * unit, load(c_before + in_row, count),
                                  load(p.c + state, count), dh, dc, dgates.at(position) + 4 * unit);
          store(p.dc0 + in_row, dc, count);
          dgates.keep(position, 4 * block, 4 * block + 4);
        }
    });
  });

  const long rows = sequence.rows_at(0);
  parallel_panels(weights.panels(), rows, fewest_rows, most_rows, [&](long panel, long first, long count) {
    weights.multiply(count, dgates.left_at(first), panel, from_zero,
                     target_of<narrow>(p.dh0 + first * hidden, hidden, units, panel));
  });
  clear_rows(p.dh0, rows, sequence.batch, hidden);
  clear_rows(p.dc0, rows, sequence.batch, hidden);
}

template <class Words>
static void lstm_backward_of(const LstmBackward& p) {
  const Sequence& sequence = p.sequence;
  const long hidden = p.hidden, width = padded_width(4, hidden);
  const Columns kernel_columns = gate_after_gate(4, hidden), inputs = plain(p.input), units = plain(hidden);

  GateGradients<Words> dgates(sequence.positions, width);
  lstm_through_time(p, dgates);
  sum_rows(dgates.at(0), dgates.stride(), sequence.positions, 4, hidden, p.dbias);
  product<Words>(sequence.positions, width, dgates.left_at(0),
                 right_transposed(p.kernel, 4 * hidden, kernel_columns, inputs), from_zero, p.dx, p.input, inputs);

  // The kernel's gradient: what its rows were multiplied with, transposed, times the gates' gradients.
  const long stride = spread(words_of<Words>(sequence.positions));
  const Scratch multiplied(sizeof(float) * (p.input + hidden) * stride), pointers(sizeof(float*) * sequence.positions);
  const float** const before = pointers.as<const float*>();
  states_before(sequence, p.h0, p.h, hidden, before);
  float* const words = multiplied.as<float>();
  transpose_left<Words>(sequence.positions, [&](long k) { return p.x + k * p.input; }, inputs, inputs, words, stride);
  transpose_left<Words>(sequence.positions, [&](long k) { return before[k]; }, units, units, words + p.input * stride, stride);
  product<Words>(p.input + hidden, sequence.positions, {words, stride}, right_of(dgates.at(0), dgates.stride(), plain(sequence.positions), plain(width)),
                 from_zero, p.dkernel, 4 * hidden, kernel_columns);
}

void lstm_forward(const LstmForward& p) {
  p.precision == Precision::float32 ? lstm_forward_of<Singles>(p) : lstm_forward_of<Pairs>(p);
}

void lstm_backward(const LstmBackward& p) {
  p.precision == Precision::float32 ? lstm_backward_of<Singles>(p) : lstm_backward_of<Pairs>(p);
}

}  // namespace honyaku::INSTRUCTION_SET
