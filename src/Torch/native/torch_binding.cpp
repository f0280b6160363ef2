// One native file under the managed binding: dp_call reaches any ATen operator through the boxed dispatcher, the rest
// is what operators do not cover (handles, autograd, autocast, seeds, threads). A generated function per operator, as
// other bindings have, is faster by some 100 ns a call and costs 100,000 lines; the boxed call measured cheaper than
// Python's. It is compiled on the machine it runs on, against libtorch 1.13 or 2.x, so no ABI is ever crossed.
//
// A tensor handle is a TensorImpl* that owns one reference. Every function that can fail returns a negative number and
// leaves its message, with the operator and the shapes, in dp_last_error of the same thread.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <dlfcn.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/cuda.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#define DP_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#define DP_API extern "C" __attribute__((visibility("default")))

namespace {

enum Tag : int32_t { Default = 0, None = 1, TensorTag = 2, Int = 3, Double = 4, Bool = 5, Tensors = 6, Ints = 7, Doubles = 8, Bools = 9, String = 10, Device = 11 };

// 16 bytes, mirrored by DataPipeline.Torch.Argument: `count` is the length of a list.
struct Argument {
  int32_t tag;
  int32_t count;
  union {
    int64_t i;
    double d;
    void* p;
  };
};
static_assert(sizeof(Argument) == 16, "the managed side relies on 16 bytes");

thread_local std::string last_error;

at::Tensor borrow(void* handle) {
  if (!handle) return at::Tensor();
  return at::Tensor(c10::intrusive_ptr<at::TensorImpl>::reclaim_copy(static_cast<at::TensorImpl*>(handle)));
}

void* give(at::Tensor tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }

at::Device device_of(int64_t bits) {
  return at::Device(static_cast<at::DeviceType>(bits >> 32), static_cast<c10::DeviceIndex>(static_cast<int32_t>(bits & 0xffffffff)));
}

c10::IValue value_of(const Argument& a, const c10::Argument& formal) {
  auto type = formal.type();
  if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  switch (a.tag) {
    case None: return c10::IValue();
    case TensorTag: return c10::IValue(borrow(a.p));
    case Int:
      if (type->kind() == c10::TypeKind::FloatType) return c10::IValue(static_cast<double>(a.i));
      if (type->kind() == c10::TypeKind::BoolType) return c10::IValue(a.i != 0);
      return c10::IValue(a.i);
    case Double: return c10::IValue(a.d);
    case Bool: return c10::IValue(a.i != 0);
    case String: return c10::IValue(std::string(static_cast<const char*>(a.p), static_cast<size_t>(a.count)));
    case Device: return c10::IValue(device_of(a.i));
    case Ints: {
      c10::List<int64_t> list;
      list.reserve(a.count);
      for (int k = 0; k < a.count; k++) list.push_back(static_cast<const int64_t*>(a.p)[k]);
      return c10::IValue(std::move(list));
    }
    case Doubles: {
      c10::List<double> list;
      list.reserve(a.count);
      for (int k = 0; k < a.count; k++) list.push_back(static_cast<const double*>(a.p)[k]);
      return c10::IValue(std::move(list));
    }
    case Bools: {
      c10::List<bool> list;
      list.reserve(a.count);
      for (int k = 0; k < a.count; k++) list.push_back(static_cast<const uint8_t*>(a.p)[k] != 0);
      return c10::IValue(std::move(list));
    }
    case Tensors: {
      auto handles = static_cast<void* const*>(a.p);
      auto list_type = type->cast<c10::ListType>();
      if (list_type && list_type->getElementType()->kind() == c10::TypeKind::OptionalType) {
        // A generic list, because the optional type of a typed one differs between versions.
        c10::impl::GenericList list(list_type->getElementType());
        list.reserve(a.count);
        for (int k = 0; k < a.count; k++) list.push_back(handles[k] ? c10::IValue(borrow(handles[k])) : c10::IValue());
        return c10::IValue(std::move(list));
      }
      if (list_type && list_type->getElementType()->kind() == c10::TypeKind::NumberType) {
        TORCH_CHECK(false, "a list of scalars is not supported for argument '", formal.name(), "'");
      }
      c10::List<at::Tensor> list;
      list.reserve(a.count);
      for (int k = 0; k < a.count; k++) list.push_back(borrow(handles[k]));
      return c10::IValue(std::move(list));
    }
    default: TORCH_CHECK(false, "unknown tag ", a.tag, " for argument '", formal.name(), "'");
  }
}

void describe(std::ostream& out, const Argument& a) {
  auto tensor = [&](void* handle) {
    if (!handle) { out << "none"; return; }
    auto t = borrow(handle);
    out << c10::toString(t.scalar_type()) << t.sizes();
  };
  switch (a.tag) {
    case TensorTag: tensor(a.p); break;
    case Int: out << a.i; break;
    case Double: out << a.d; break;
    case Bool: out << (a.i ? "true" : "false"); break;
    case Ints: out << c10::IntArrayRef(static_cast<const int64_t*>(a.p), a.count); break;
    case Tensors:
      out << '[';
      for (int k = 0; k < a.count && k < 8; k++) { if (k) out << ", "; tensor(static_cast<void* const*>(a.p)[k]); }
      out << (a.count > 8 ? ", ...]" : "]");
      break;
    default: out << "none"; break;
  }
}

void keep_error(const std::exception& e, const std::string& where) {
  auto c10_error = dynamic_cast<const c10::Error*>(&e);
  last_error = where + ": " + (c10_error ? std::string(c10_error->what_without_backtrace()) : std::string(e.what()));
}

// Runs a body that returns int and turns any exception into -1 with the message kept.
template <class Body> int guarded(const char* where, Body body) {
  try {
    return body();
  } catch (const std::exception& e) {
    keep_error(e, where);
    return -1;
  }
}

int put_result(const c10::IValue& value, Argument& out) {
  out.count = 0;
  if (value.isNone()) { out.tag = None; out.i = 0; }
  else if (value.isTensor()) { out.tag = TensorTag; out.p = give(value.toTensor()); }
  else if (value.isInt()) { out.tag = Int; out.i = value.toInt(); }
  else if (value.isDouble()) { out.tag = Double; out.d = value.toDouble(); }
  else if (value.isBool()) { out.tag = Bool; out.i = value.toBool(); }
  else if (value.isTensorList()) {
    auto list = value.toTensorVector();
    auto handles = static_cast<void**>(std::malloc(sizeof(void*) * (list.size() + 1)));
    for (size_t k = 0; k < list.size(); k++) handles[k] = give(list[k]);
    out.tag = Tensors; out.count = static_cast<int32_t>(list.size()); out.p = handles;
  } else {
    TORCH_CHECK(false, "a result of kind ", value.tagKind(), " is not supported");
  }
  return 0;
}

}  // namespace

DP_API const char* dp_last_error() { return last_error.c_str(); }
DP_API const char* dp_version() { return TORCH_VERSION; }

// ---- operators

DP_API void* dp_find_operator(const char* name, const char* overload) {
  auto found = c10::Dispatcher::singleton().findSchema({name, overload});
  return found.has_value() ? new c10::OperatorHandle(*found) : nullptr;
}

DP_API int dp_schema(void* op, char* text, int capacity) {
  std::ostringstream out;
  out << static_cast<c10::OperatorHandle*>(op)->schema();
  auto s = out.str();
  auto n = std::min(static_cast<int>(s.size()), capacity);
  std::memcpy(text, s.data(), n);
  return n;
}

// Positional arguments; those not given, or given as Default, take the schema's default. `capacity` 0 drops the results,
// which is how in-place operators avoid handing out a second reference. Returns the number of results.
DP_API int dp_call(void* op, const Argument* args, int count, Argument* results, int capacity) {
  auto& handle = *static_cast<c10::OperatorHandle*>(op);
  try {
    const auto& formals = handle.schema().arguments();
    TORCH_CHECK(count <= static_cast<int>(formals.size()), "takes ", formals.size(), " arguments, got ", count);
    torch::jit::Stack stack;
    stack.reserve(formals.size());
    for (size_t k = 0; k < formals.size(); k++) {
      if (static_cast<int>(k) < count && args[k].tag != Default) { stack.push_back(value_of(args[k], formals[k])); continue; }
      const auto& fallback = formals[k].default_value();
      TORCH_CHECK(fallback.has_value() || formals[k].type()->kind() == c10::TypeKind::OptionalType,
                  "argument '", formals[k].name(), "' has no default and was not given");
      stack.push_back(fallback.has_value() ? *fallback : c10::IValue());
    }
    handle.callBoxed(&stack);
    if (capacity == 0) return 0;
    TORCH_CHECK(static_cast<int>(stack.size()) <= capacity, "returns ", stack.size(), " values, room for ", capacity);
    for (size_t k = 0; k < stack.size(); k++) put_result(stack[k], results[k]);
    return static_cast<int>(stack.size());
  } catch (const std::exception& e) {
    std::ostringstream where;
    where << handle.schema().name();
    if (!handle.schema().overload_name().empty()) where << '.' << handle.schema().overload_name();
    where << '(';
    for (int k = 0; k < count; k++) { if (k) where << ", "; describe(where, args[k]); }
    where << ')';
    keep_error(e, where.str());
    return -1;
  }
}

DP_API void dp_free(void* memory) { std::free(memory); }

// ---- tensors

DP_API void dp_release(void* handle) {
  if (handle) c10::intrusive_ptr<at::TensorImpl>::reclaim(static_cast<at::TensorImpl*>(handle));
}

struct TensorFacts {
  const int64_t* sizes;
  const int64_t* strides;
  void* data;
  int64_t elements;
  int32_t dimensions;
  int32_t scalar_type;
  int32_t device_type;
  int32_t device_index;
  int32_t requires_grad;
  int32_t contiguous;
};

// The pointers are valid while the tensor lives and is not resized.
DP_API int dp_facts(void* handle, TensorFacts* facts) {
  return guarded("tensor facts", [&] {
    auto t = borrow(handle);
    facts->sizes = t.sizes().data();
    facts->strides = t.strides().data();
    facts->data = t.has_storage() ? t.data_ptr() : nullptr;
    facts->elements = t.numel();
    facts->dimensions = static_cast<int32_t>(t.dim());
    facts->scalar_type = static_cast<int32_t>(t.scalar_type());
    facts->device_type = static_cast<int32_t>(t.device().type());
    facts->device_index = t.device().index();
    facts->requires_grad = t.requires_grad();
    facts->contiguous = t.is_contiguous();
    return 0;
  });
}

// ---- autograd

DP_API int dp_set_requires_grad(void* handle, int on) {
  return guarded("requires_grad_", [&] { borrow(handle).set_requires_grad(on != 0); return 0; });
}

DP_API int dp_backward(void* root, void* gradient, int retain_graph, int create_graph) {
  return guarded("backward", [&] {
    torch::autograd::backward({borrow(root)}, {borrow(gradient)}, retain_graph != 0, create_graph != 0);
    return 0;
  });
}

DP_API void* dp_grad(void* handle) { return give(borrow(handle).grad()); }

DP_API int dp_set_grad(void* handle, void* gradient) {
  return guarded("grad", [&] { borrow(handle).mutable_grad() = borrow(gradient); return 0; });
}

DP_API int dp_grad_enabled() { return c10::GradMode::is_enabled(); }
DP_API void dp_set_grad_enabled(int on) { c10::GradMode::set_enabled(on != 0); }

// ---- autocast: 2.4 made one function for every device

DP_API int dp_autocast_enabled(int device_type) {
#if DP_TORCH_AT_LEAST(2, 4)
  return at::autocast::is_autocast_enabled(static_cast<at::DeviceType>(device_type));
#else
  return device_type == static_cast<int>(at::kCUDA) ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
#endif
}

// 1.13 refuses any type but bfloat16 on the CPU.
DP_API int dp_set_autocast(int device_type, int on, int scalar_type) {
  return guarded("autocast", [&] {
    auto type = static_cast<at::ScalarType>(scalar_type);
#if DP_TORCH_AT_LEAST(2, 4)
    at::autocast::set_autocast_dtype(static_cast<at::DeviceType>(device_type), type);
    at::autocast::set_autocast_enabled(static_cast<at::DeviceType>(device_type), on != 0);
#else
    if (device_type == static_cast<int>(at::kCUDA)) {
      at::autocast::set_autocast_gpu_dtype(type);
      at::autocast::set_enabled(on != 0);
    } else {
      at::autocast::set_autocast_cpu_dtype(type);
      at::autocast::set_cpu_enabled(on != 0);
    }
#endif
    // The cache holds half-precision copies of weights: after an optimizer step they would be stale.
    if (!on) at::autocast::clear_cache();
    return 0;
  });
}

#include "recompute.h"

// ---- seeds and random state

DP_API int dp_manual_seed(uint64_t seed) {
  return guarded("manual_seed", [&] { at::manual_seed(seed); return 0; });
}

// Seeds one device's generator and leaves the others alone.
DP_API int dp_seed_device(int device_type, int device_index, uint64_t seed) {
  return guarded("manual_seed", [&] {
    auto generator = at::globalContext().defaultGenerator(at::Device(static_cast<at::DeviceType>(device_type), device_index));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
    return 0;
  });
}

DP_API void* dp_random_state(int device_type, int device_index) {
  void* state = nullptr;
  guarded("get_rng_state", [&] {
    auto generator = at::globalContext().defaultGenerator(at::Device(static_cast<at::DeviceType>(device_type), device_index));
    std::lock_guard<std::mutex> lock(generator.mutex());
    state = give(generator.get_state());
    return 0;
  });
  return state;
}

DP_API int dp_set_random_state(int device_type, int device_index, void* state) {
  return guarded("set_rng_state", [&] {
    auto generator = at::globalContext().defaultGenerator(at::Device(static_cast<at::DeviceType>(device_type), device_index));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(borrow(state));
    return 0;
  });
}

// ---- threads and devices

// libtorch passes its count to MKL and OpenMP only; OpenBLAS with its own threads must be told apart.
DP_API void dp_set_num_threads(int count) {
  at::set_num_threads(count);
  if (auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
}

DP_API int dp_get_num_threads() { return at::get_num_threads(); }

DP_API int dp_set_deterministic(int on) {
  return guarded("use_deterministic_algorithms", [&] { at::globalContext().setDeterministicAlgorithms(on != 0, false); return 0; });
}

DP_API void dp_allow_tf32(int on) {
  at::globalContext().setAllowTF32CuBLAS(on != 0);
  at::globalContext().setAllowTF32CuDNN(on != 0);
}

DP_API int dp_cuda_device_count() {
  return guarded("cuda", [] { return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0; });
}

DP_API int dp_cuda_synchronize() {
  return guarded("cuda.synchronize", [] { torch::cuda::synchronize(); return 0; });
}

#include "process_group.h"
