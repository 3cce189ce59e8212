/** Weights packed once for the products of many time steps, and the product with a bias. */
#include "packed.h"

namespace honyaku::INSTRUCTION_SET {

template <class Words, int Vectors>
static PackedSize size_of(const PackedShape& s) {
  return {panels_of<Vectors>(gate_after_gate(s.gates, s.size)), panel_size<Words, Vectors>(s.depth)};
}

template <class Words, int Vectors>
static void pack_all(const Pack& p) {
  const PackedShape& s = p.shape;
  const Columns depth = plain(s.depth), columns = gate_after_gate(s.gates, s.size);
  const Right right = p.transposed ? right_transposed(p.weights, s.depth, depth, columns)
                                   : right_of(p.weights, s.gates * s.size, depth, columns);
  const long size = panel_size<Words, Vectors>(s.depth);
  parallel(panels_of<Vectors>(columns), [&](long panel) {
    pack<Words, Vectors>(right, panel, 0, words_of<Words>(s.depth), p.packed + panel * size);
  });
}

/** `function` with the words of a precision and the vectors of a panel, which holds all gates of the same units. */
template <class Function>
static auto with_panel(const PackedShape& s, const Function& function) {
  const auto with_words = [&](auto panel) {
    return s.precision == Precision::float32 ? function(Singles{}, panel) : function(Pairs{}, panel);
  };
  switch (s.gates) {
    case 4: return with_words(PanelOf<4>{});
    case 3: return with_words(PanelOf<3>{});
    default: return with_words(PanelOf<narrow>{});
  }
}

PackedSize packed_size(const PackedShape& s) {
  return with_panel(s, [&](auto words, auto panel) { return size_of<decltype(words), decltype(panel)::vectors>(s); });
}

void pack_weights(const Pack& p) {
  with_panel(p.shape, [&](auto words, auto panel) { pack_all<decltype(words), decltype(panel)::vectors>(p); });
}

template <class Words>
static void packed_product_of(const PackedProduct& p) {
  const Columns columns = plain(p.columns);
  const LeftRows<Words> a(p.a, p.rows, p.depth);
  parallel_panels(panels_of<narrow>(columns), p.rows, few_rows, block_rows, [&](long panel, long first, long rows) {
    multiply_packed<Words, narrow>(rows, p.depth, (*a).from_row(first), p.packed, panel, {p.bias, 0},
                                   target_of<narrow>(p.out + first * p.columns, p.columns, columns, panel));
  });
}

void packed_product(const PackedProduct& p) {
  p.precision == Precision::float32 ? packed_product_of<Singles>(p) : packed_product_of<Pairs>(p);
}

}  // namespace honyaku::INSTRUCTION_SET
