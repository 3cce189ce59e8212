/**
 * Kernels of the Transformer (Vaswani et al. 2017) beside its products. This header knows neither vectors nor TensorFlow.
 */
#pragma once

#include <cstdint>

#include "dropout_key.h"

namespace honyaku {

/** The queries of one sentence, what they look at, and where these and their shares stand. */
struct Looks {
  long first_query, queries;
  long first_key, keys;
  /** Of the first head; each further one's begin `shares_of_head` later. */
  long first_share, shares_of_head;
};

/** Scaled dot-product attention of several heads at once; sentences are packed, without padding. */
struct MultiHead {
  long heads, size;  // size of a head: width / heads
  bool causal;       // queries see no key after their own place
  long sentences;
  const Looks* looks;  // [sentences]
  long shares_size;
  DropoutKey dropout;                 // of the shares
  const float *query, *key, *value;  // [positions, heads · size]
};

struct MultiHeadForward : MultiHead {
  float* context;  // [positions of the queries, heads · size]
  float* shares;   // [shares_size], before dropout
};

struct MultiHeadBackward : MultiHead {
  const float* shares;
  const float* dcontext;
  float *dquery, *dkey, *dvalue;
};

/** One query of each row, which looks at keys and values that stand anywhere in a table. */
struct MultiHeadStep {
  long rows, heads, size, tokens;
  const float* query;     // [rows, query_stride]
  long query_stride;      // heads · size, or three times that: the row's own keys and values follow the query
  float* table;           // [any number, 2 · heads · size], keys and then values
  const int32_t* places;  // [rows, tokens] of the table; -1 from where a row has ended; the last is the row's own
  bool remembers;         // puts the row's own keys and values into its place first
  float* context;         // [rows, heads · size]
  float* shares;          // [rows, heads, tokens]
};

/** out = layer norm (Ba et al. 2016) of x + dropout(branch) */
struct AddNorm {
  long rows, width;
  DropoutKey dropout;
  const float* weight;  // [width]
};

struct AddNormForward : AddNorm {
  const float *x, *branch;  // [rows, width]
  const float* bias;        // [width]
  float* out;               // [rows, width]
  float* unit;              // [rows, width]: the sum with a mean of 0 and a variance of 1
  float* scale;             // [rows], by which the sum less its mean was multiplied
};

struct AddNormBackward : AddNorm {
  const float *unit, *scale, *dout;
  float *dx, *dbranch;     // [rows, width]
  float *dweight, *dbias;  // [width]
};

enum class ActivationKind { swish, relu, gelu };

/** out = dropout(activation(x)) */
struct Activation {
  ActivationKind kind;
  long size;
  DropoutKey dropout;
  const float* x;
  float* out;
};

/** out = dropout(dout) · activation'(x) */
struct ActivationBackward : Activation {
  const float* dout;
};

/** out [columns] = the sum of the rows of x */
struct ColumnSums {
  long rows, columns;
  const float* x;
  float* out;
};

struct TransformerKernels {
  /** Parts of tensors that are dropped apart begin at multiples of so many elements. */
  long drop_alignment;
  void (*multi_head_forward)(const MultiHeadForward&);
  void (*multi_head_backward)(const MultiHeadBackward&);
  void (*multi_head_step)(const MultiHeadStep&);
  void (*add_norm_forward)(const AddNormForward&);
  void (*add_norm_backward)(const AddNormBackward&);
  void (*activation_forward)(const Activation&);
  void (*activation_backward)(const ActivationBackward&);
  void (*column_sums)(const ColumnSums&);
};

}  // namespace honyaku
