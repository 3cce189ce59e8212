/**
 * Kernels of generation, which multiply a few rows with the same weights token after token: weights that are packed
 * once, a time step of a recurrent layer, and the likeliest tokens. This header knows neither vectors nor TensorFlow.
 */
#pragma once

#include <cstdint>

#include "precision.h"

namespace honyaku {

/** A right matrix [depth, gates · size] of products, packed as they read it. Its precision is that of the products. */
struct PackedShape {
  Precision precision;
  long depth;
  long gates;  // 1; 3 of a GRU; 4 of an LSTM
  long size;   // columns of each gate
};

/** How it lies in memory: [panels, panel_size]. */
struct PackedSize {
  long panels, panel_size;
};

struct Pack {
  PackedShape shape;
  const float* weights;  // [depth, gates · size], or transposed [gates · size, depth]
  bool transposed;
  float* packed;
};

/** out [rows, columns] = a [rows, depth] · packed [depth, columns] + bias [columns] */
struct PackedProduct {
  Precision precision;
  long rows, depth, columns;
  const float *a, *packed, *bias;
  float* out;
};

/** One time step of a layer; both weights are packed. */
struct LayerStep {
  Precision precision;
  long rows, input, hidden;
  const float* x;         // [rows, input]
  const float* h_before;  // [rows, hidden]
  const float *input_weight, *recurrent_weight;
  float* h;  // [rows, hidden]
};

struct LstmStep : LayerStep {
  const float* bias;      // [4 hidden]
  const float* c_before;  // [rows, hidden]
  float* c;               // [rows, hidden]
};

struct GruStep : LayerStep {
  const float *input_bias, *recurrent_bias;  // [3 hidden]
};

/** The likeliest tokens of each row, likeliest first; of equal ones the lower id first. */
struct TopTokens {
  long rows, vocabulary, count;
  long excluded;           // is as if it had no probability; -1 for none
  const float* logits;     // [rows, vocabulary]
  int32_t* ids;            // [rows, count]
  float* log_probabilities;  // [rows, count], by the softmax of all logits
};

struct DecodingKernels {
  PackedSize (*packed_size)(const PackedShape&);
  void (*pack)(const Pack&);
  void (*packed_product)(const PackedProduct&);
  void (*lstm_step)(const LstmStep&);
  void (*gru_step)(const GruStep&);
  void (*top_tokens)(const TopTokens&);
};

}  // namespace honyaku
