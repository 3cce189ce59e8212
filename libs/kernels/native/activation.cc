/** The activations between the products of a feed-forward part, with their dropout, in one pass over the memory. */
#include "dropout.h"
#include "rows.h"
#include "transformer.h"

namespace honyaku::INSTRUCTION_SET {

constexpr long activations_of_task = 256 * drop_alignment;

/** x · sigmoid(x) (Ramachandran et al. 2017). */
struct Swish {
  static Vector of(Vector x) { return x * sigmoid(x); }
  static Vector slope(Vector x) {
    const Vector gate = sigmoid(x);
    return gate * (x * (1.0f - gate) + 1.0f);
  }
};

struct Relu {
  static Vector of(Vector x) { return x > 0.0f ? x : zeros(); }
  static Vector slope(Vector x) { return x > 0.0f ? all(1.0f) : zeros(); }
};

/** x · Φ(x) (Hendrycks & Gimpel 2016), the error function by formula 7.1.26 of Abramowitz & Stegun, to 1.5e-7. */
struct Gelu {
  /** Φ(x), and the density there but for the factor 1/√(2π). */
  static Vector share_below(Vector x, Vector& power) {
    const Vector size = absolute(x) * 0.70710678f;
    power = exponential(-(size * size));
    const Vector t = 1.0f / (1.0f + 0.3275911f * size);
    Vector p = all(1.061405429f);
    p = multiply_add(all(-1.453152027f), p, t);
    p = multiply_add(all(1.421413741f), p, t);
    p = multiply_add(all(-0.284496736f), p, t);
    p = multiply_add(all(0.254829592f), p, t);
    const Vector above = 0.5f * p * t * power;
    return x < 0.0f ? above : 1.0f - above;
  }

  static Vector of(Vector x) {
    Vector power;
    return x * share_below(x, power);
  }

  static Vector slope(Vector x) {
    Vector power;
    const Vector share = share_below(x, power);
    return multiply_add(share, x * 0.39894228f, power);
  }
};

/** `function` with the type of an activation. */
template <class Function>
static inline void with_activation(ActivationKind kind, const Function& function) {
  switch (kind) {
    case ActivationKind::swish: return function(Swish{});
    case ActivationKind::relu: return function(Relu{});
    case ActivationKind::gelu: return function(Gelu{});
  }
}

void activation_forward(const Activation& p) {
  with_activation(p.kind, [&](auto activation) {
    parallel_ranges(p.size, activations_of_task, [&](long first, long end) {
      each_vector(p.x + first, end - first, [&](Vector x, int count, long at) {
        store(p.out + first + at, decltype(activation)::of(x), count);
      });
      if (p.dropout.rate > 0) drop_elements(p.dropout, p.out, p.out, first, end);
    });
  });
}

void activation_backward(const ActivationBackward& p) {
  with_activation(p.kind, [&](auto activation) {
    parallel_ranges(p.size, activations_of_task, [&](long first, long end) {
      const bool drops = p.dropout.rate > 0;
      if (drops) drop_elements(p.dropout, p.dout, p.out, first, end);
      const float* const gradient = drops ? p.out : p.dout;
      each_vector(p.x + first, end - first, [&](Vector x, int count, long at) {
        store(p.out + first + at, load(gradient + first + at, count) * decltype(activation)::slope(x), count);
      });
    });
  });
}

void sum_columns(const ColumnSums& p) { column_sums(p.x, p.rows, p.columns, p.out); }

}  // namespace honyaku::INSTRUCTION_SET
