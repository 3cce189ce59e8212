/**
 * The kernels of one instruction set, as a table that `dispatch` chooses from when the library is loaded. Matrices are
 * row-major. This header knows neither vectors nor TensorFlow.
 */
#pragma once

#include <cstdint>

#include "decoding.h"
#include "transformer.h"

namespace honyaku {

/** out [rows, columns] = a [rows, depth] · b [depth, columns] + start; a and b may lie in memory transposed. */
struct MatMul {
  Precision precision;
  long rows, depth, columns;
  const float *a, *b;
  bool transpose_a, transpose_b;
  const float* start;  // nothing, [rows, columns], or with a stride of 0 one row [columns] for all
  long start_stride;
  float* out;
};

/**
 * One recurrent layer over packed sentences: time step after time step the rows that still run, sorted by length.
 * Positions of all time steps stand below each other.
 */
struct Sequence {
  long batch;      // rows of the initial state
  long steps;      // time steps
  long positions;  // sum of the rows of all time steps
  const int32_t* rows;  // [steps], never increasing, at most `batch`

  long rows_at(long step) const { return step < steps ? rows[step] : 0; }
};

/** What forward and backward of a layer both see. */
struct Layer {
  Precision precision;
  Sequence sequence;
  long input, hidden;
  const float* x;   // [positions, input]
  const float* h0;  // [batch, hidden]
};

/** Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gates stand in the order i, g, f, o. */
struct Lstm : Layer {
  const float* kernel;  // [input + hidden, 4 hidden]
  const float* c0;      // [batch, hidden]
};

struct LstmForward : Lstm {
  const float* bias;  // [4 hidden]
  float *h, *c;       // [positions, hidden]
  float* gates;       // [positions, gate_width(4, hidden)], for the gradient
};

struct LstmBackward : Lstm {
  const float *h, *c, *gates;
  const float* dh;        // [positions, hidden]
  long final_rows;        // at most those of the last time step
  const float *dh_final, *dc_final;  // [final_rows, hidden]
  float* dx;              // [positions, input]
  float* dkernel;         // [input + hidden, 4 hidden]
  float* dbias;           // [4 hidden]
  float *dh0, *dc0;       // [batch, hidden]
};

/** Cho et al. 2014, in the form of cuDNN and PyTorch: gates r, z, n; r after n's recurrent product. */
struct Gru : Layer {
  const float* input_weight;      // [3 hidden, input]
  const float* recurrent_weight;  // [3 hidden, hidden]
};

struct GruForward : Gru {
  const float *input_bias, *recurrent_bias;  // [3 hidden]
  float* h;      // [positions, hidden]
  float* gates;  // [positions, gate_width(4, hidden)]: r, z, n and n's recurrent part
};

struct GruBackward : Gru {
  const float *h, *gates;
  const float* dh;        // [positions, hidden]
  long final_rows;
  const float* dh_final;  // [final_rows, hidden]
  float* dx;              // [positions, input]
  float *dinput_weight, *drecurrent_weight, *dinput_bias, *drecurrent_bias;
  float* dh0;             // [batch, hidden]
};

/** Softmax cross-entropy of each row of logits against its label, with the gradient. */
struct CrossEntropy {
  long rows, vocabulary;
  const float* logits;    // [rows, vocabulary]
  const int32_t* labels;  // [rows], each below `vocabulary`
  float smoothing;        // probability that is spread evenly over the vocabulary
  float scale;            // factor of the gradient
  float* losses;          // [rows]
  float* dlogits;         // [rows, vocabulary]
};

struct Dropout {
  long size;
  const float* x;  // [size]
  DropoutKey key;
  float* out;  // [size]
};

/** The sum of all rows of x that have the same index, in that row of a table; the gradient of a lookup. */
struct ScatterAdd {
  long rows, columns, count;
  const float* x;          // [rows, columns]
  const int32_t* indices;  // [rows], each below `count`
  float* table;            // [count, columns]
};

/** Row b of the decoder, wherever it runs, looks at the rows encoded[b]. */
struct Attention {
  Sequence sequence;     // of the decoder
  long width, hidden;    // width: rows of the encoder for each sentence
  const float* query;    // [positions, hidden]
  const float* encoded;  // [batch, width, hidden]
};

struct AttentionForward : Attention {
  const float* mask;  // [batch, width], negative at padding
  float* context;     // [positions, hidden]
  float* shares;      // [positions, width]
};

struct AttentionBackward : Attention {
  const float* shares;    // [positions, width]
  const float* dcontext;  // [positions, hidden]
  float* dquery;          // [positions, hidden]
  float* dencoded;        // [batch, width, hidden]
};

/** A float tensor of any shape. */
struct Values {
  float* data;
  long size;
};

/** Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019). */
struct AdamSettings {
  double learning_rate, beta1, beta2, epsilon;
  double weight_decay;
  double gradient_factor;  // of all gradients, as clipping wants it
  long step;               // counts from 1
};

struct AdamParameter {
  Values value;
  float *first_moment, *second_moment;
  const float* gradient;
};

struct Kernels {
  /** Columns of the gates that a layer's forward kernel leaves for its gradient. */
  long (*gate_width)(long gates, long hidden);
  void (*matmul)(const MatMul&);
  void (*lstm_forward)(const LstmForward&);
  void (*lstm_backward)(const LstmBackward&);
  void (*gru_forward)(const GruForward&);
  void (*gru_backward)(const GruBackward&);
  void (*cross_entropy)(const CrossEntropy&);
  void (*dropout)(const Dropout&);
  void (*scatter_add)(const ScatterAdd&);
  void (*attention_forward)(const AttentionForward&);
  void (*attention_backward)(const AttentionBackward&);
  void (*adam)(const AdamParameter* parameters, long count, const AdamSettings&);
  double (*squared_norm)(const Values* tensors, long count);
  DecodingKernels decoding;
  TransformerKernels transformer;
};

}  // namespace honyaku
