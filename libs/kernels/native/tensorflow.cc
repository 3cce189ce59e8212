#include "tensorflow.h"

#include <memory>
#include <new>

#include "threads.h"

namespace honyaku {
namespace {

struct DeleteStatus {
  void operator()(TF_Status* status) const { TF_DeleteStatus(status); }
};
using Status = std::unique_ptr<TF_Status, DeleteStatus>;

Status new_status() { return Status(TF_NewStatus()); }

void check(const Status& status) { require(TF_GetCode(status.get()) == TF_OK, TF_Message(status.get())); }

Attributes attributes_of(TF_OpKernelConstruction* construction) {
  const Status status = new_status();
  Attributes found;
  const auto has = [&](const char* name) { return TF_OpKernelConstruction_HasAttr(construction, name, status.get()); };
  const auto get_bool = [&](const char* name, bool& value) {
    TF_Bool read = 0;
    if (has(name)) TF_OpKernelConstruction_GetAttrBool(construction, name, &read, status.get());
    value = read != 0;
  };
  const auto get_float = [&](const char* name, float& value) {
    if (has(name)) TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status.get());
  };
  get_bool("transpose_a", found.transpose_a);
  get_bool("transpose_b", found.transpose_b);
  get_float("smoothing", found.smoothing);
  get_float("rate", found.rate);
  get_float("beta1", found.beta1);
  get_float("beta2", found.beta2);
  get_float("epsilon", found.epsilon);
  const auto get_int = [&](const char* name, int32_t& value) {
    if (has(name)) TF_OpKernelConstruction_GetAttrInt32(construction, name, &value, status.get());
  };
  get_int("N", found.count);
  get_int("count", found.count);
  get_int("gates", found.gates);
  get_int("excluded", found.excluded);
  get_int("heads", found.heads);
  get_bool("causal", found.causal);
  get_bool("remembers", found.remembers);
  const auto word = [&](const char* name) -> std::string {
    char text[16] = {};
    if (has(name)) TF_OpKernelConstruction_GetAttrString(construction, name, text, sizeof text - 1, status.get());
    return text;
  };
  if (word("precision") == "bfloat16") found.precision = Precision::bfloat16;
  if (word("activation") == "relu") found.activation = ActivationKind::relu;
  if (word("activation") == "gelu") found.activation = ActivationKind::gelu;
  if (TF_GetCode(status.get()) != TF_OK) TF_OpKernelConstruction_Failure(construction, status.get());
  return found;
}

void fail(TF_OpKernelContext* context, TF_Code code, const std::string& sentence) {
  const Status status = new_status();
  TF_SetStatus(status.get(), code, sentence.c_str());
  TF_OpKernelContext_Failure(context, status.get());
}

void* create(TF_OpKernelConstruction* construction) { return new Attributes(attributes_of(construction)); }

void destroy(void* attributes) { delete static_cast<Attributes*>(attributes); }

}  // namespace

std::string text_of(const Shape& shape) {
  std::string text = "[";
  for (size_t index = 0; index < shape.size(); ++index)
    text += (index == 0 ? "" : ", ") + std::to_string(shape[index]);
  return text + "]";
}

Shape Tensor::shape() const {
  Shape shape(TF_NumDims(tensor_));
  for (size_t index = 0; index < shape.size(); ++index) shape[index] = TF_Dim(tensor_, static_cast<int>(index));
  return shape;
}

Tensor Call::input(int index) const {
  const Status status = new_status();
  TF_Tensor* tensor = nullptr;
  TF_GetInput(context_, index, &tensor, status.get());
  check(status);
  return Tensor(tensor);
}

Tensor Call::matrix(int index, const std::string& name) const {
  Tensor tensor = input(index);
  require(tensor.shape().size() == 2, name + " must be a matrix, not of shape " + text_of(tensor.shape()));
  return tensor;
}

Tensor Call::input(int index, const std::string& name, const Shape& shape) const {
  Tensor tensor = input(index);
  require(tensor.shape() == shape, name + " must be of shape " + text_of(shape) + ", not " + text_of(tensor.shape()));
  return tensor;
}

Tensor Call::allocate(int index, TF_DataType type, const Shape& shape) const {
  const Status status = new_status();
  size_t bytes = TF_DataTypeSize(type);
  for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
  Tensor tensor(TF_AllocateOutput(context_, index, type, shape.data(), static_cast<int>(shape.size()), bytes, status.get()));
  check(status);
  return tensor;
}

float* Call::output(int index, const Shape& shape) const { return allocate(index, TF_FLOAT, shape).floats(); }

int32_t* Call::int_output(int index, const Shape& shape) const { return allocate(index, TF_INT32, shape).ints(); }

void compute_guarded(void (*kernel)(const Call&), const void* attributes, TF_OpKernelContext* context) {
  const FlushSubnormals flush;
  try {
    kernel(Call(context, *static_cast<const Attributes*>(attributes)));
  } catch (const Refused& refused) {
    fail(context, TF_INVALID_ARGUMENT, refused.sentence);
  } catch (const std::bad_alloc&) {
    fail(context, TF_RESOURCE_EXHAUSTED, "there is not enough memory");
  }
}

void register_operation(const Operation& operation) {
  const Status status = new_status();
  TF_OpDefinitionBuilder* const definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  // What has no output would be left out of a graph as useless.
  if (operation.outputs.empty()) TF_OpDefinitionBuilderSetIsStateful(definition, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status.get());
  check(status);
  TF_KernelBuilder* const builder = TF_NewKernelBuilder(operation.name, "CPU", create, operation.compute, destroy);
  TF_RegisterKernelBuilder(operation.name, builder, status.get());
  check(status);
}

}  // namespace honyaku
