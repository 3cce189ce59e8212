/** TensorFlow's C interface for kernels, with lifetimes and errors of C++. */
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "kernels.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

namespace honyaku {

using Shape = std::vector<int64_t>;

std::string text_of(const Shape& shape);

/** Inputs that an operation cannot work on; becomes TensorFlow's InvalidArgument. */
struct Refused {
  std::string sentence;
};

/** @throws Refused */
inline void require(bool condition, const std::string& sentence) {
  if (!condition) throw Refused{sentence};
}

class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor) {}
  ~Tensor() { TF_DeleteTensor(tensor_); }
  Tensor(Tensor&& other) : tensor_(other.tensor_) { other.tensor_ = nullptr; }
  Tensor(const Tensor&) = delete;

  Shape shape() const;
  long size() const { return TF_TensorElementCount(tensor_); }
  float* floats() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  int32_t* ints() const { return static_cast<int32_t*>(TF_TensorData(tensor_)); }

 private:
  TF_Tensor* tensor_;
};

/** Attributes of all operations; each has some of them. */
struct Attributes {
  Precision precision = Precision::float32;
  bool transpose_a = false, transpose_b = false;
  float smoothing = 0;
  float rate = 0;
  float beta1 = 0, beta2 = 0, epsilon = 0;
  int32_t count = 0;
  int32_t gates = 1;
  int32_t excluded = -1;
  int32_t heads = 1;
  bool causal = false, remembers = false;
  ActivationKind activation = ActivationKind::swish;
};

/** One call of an operation. */
class Call {
 public:
  Call(TF_OpKernelContext* context, const Attributes& attributes) : attributes(attributes), context_(context) {}

  Tensor input(int index) const;

  /** @throws Refused where the rank is another one */
  Tensor matrix(int index, const std::string& name) const;

  /** @throws Refused where the shape is another one */
  Tensor input(int index, const std::string& name, const Shape& shape) const;

  /** Allocates an output of floats. */
  float* output(int index, const Shape& shape) const;

  /** Allocates one of int32. */
  int32_t* int_output(int index, const Shape& shape) const;

  const Attributes& attributes;

 private:
  Tensor allocate(int index, TF_DataType type, const Shape& shape) const;

  TF_OpKernelContext* const context_;
};

/** Runs a kernel and hands what it throws to TensorFlow. */
void compute_guarded(void (*kernel)(const Call&), const void* attributes, TF_OpKernelContext* context);

template <void (*kernel)(const Call&)>
void compute(void* attributes, TF_OpKernelContext* context) {
  compute_guarded(kernel, attributes, context);
}

/** An operation in the words of TensorFlow's `OpDef`, such as "x: float". */
struct Operation {
  const char* name;
  std::vector<const char*> attributes, inputs, outputs;
  /** `compute` of a kernel. */
  void (*compute)(void* attributes, TF_OpKernelContext* context);
};

/** Makes an operation known to TensorFlow. @throws Refused with TensorFlow's reason */
void register_operation(const Operation& operation);

/** All operations of this library: those of products and layers, of rows, of the Transformer, and of generation. */
std::vector<Operation> operations();
std::vector<Operation> row_operations();
std::vector<Operation> transformer_operations();
std::vector<Operation> decoding_operations();

}  // namespace honyaku
