// Process groups: the part of torch_binding.cpp that lets processes exchange tensors. build.sh says what this libtorch and
// this machine's headers have: USE_C10D_GLOO (libgloo-dev) for tensors in main memory, USE_C10D_NCCL for those on cards.
// Without the headers only dp_distributed_backends is there, and it answers 0.

enum Backends : int32_t { GlooBackend = 1, NcclBackend = 2 };

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace {

// 2.0 made the groups that compute backends of one group that dispatches to them.
#if DP_TORCH_AT_LEAST(2, 0)
using AnyGroup = c10d::Backend;
#else
using AnyGroup = c10d::ProcessGroup;
#endif

struct StoreHandle {
  c10::intrusive_ptr<c10d::TCPStore> tcp;
  c10::intrusive_ptr<c10d::Store> keys;
  // Every process makes the same groups in the same order; keys of an earlier one would name connections that are closed.
  int groups = 0;
};

struct GroupHandle {
  c10::intrusive_ptr<AnyGroup> gloo;
  c10::intrusive_ptr<AnyGroup> nccl;
};

// Runs a collective on a tensor where its group can reach it: cards need NCCL, and without it the tensor makes a detour
// through main memory.
template <class Collective> int collective(const char* name, void* group, void* handle, Collective run) {
  return guarded(name, [&] {
    auto& groups = *static_cast<GroupHandle*>(group);
    auto tensor = borrow(handle);
    TORCH_CHECK(tensor.is_contiguous(), "the tensor is not contiguous");
    bool on_card = tensor.is_cuda();
    std::vector<at::Tensor> tensors{on_card && !groups.nccl ? tensor.cpu() : tensor};
    run(on_card && groups.nccl ? *groups.nccl : *groups.gloo, tensors)->wait();
    if (on_card && !groups.nccl) tensor.copy_(tensors[0]);
    return 0;
  });
}

}  // namespace

// ---- store: keys and values that all processes see, held by one of them

// Port 0 takes a free one. The server returns at once, a client when it has reached the server or the time is over.
DP_API void* dp_store_new(const char* host, int port, int is_server, int64_t timeout_ms, const char* prefix) {
  StoreHandle* made = nullptr;
  guarded("TCPStore", [&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = is_server != 0;
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    auto tcp = c10::make_intrusive<c10d::TCPStore>(host, options);
    made = new StoreHandle();
    made->tcp = tcp;
    made->keys = c10::make_intrusive<c10d::PrefixStore>(prefix, tcp);
    return 0;
  });
  return made;
}

DP_API void dp_store_free(void* store) { delete static_cast<StoreHandle*>(store); }

DP_API int dp_store_port(void* store) { return static_cast<StoreHandle*>(store)->tcp->getPort(); }

DP_API int dp_store_set(void* store, const char* key, const uint8_t* value, int length) {
  return guarded("TCPStore.set", [&] {
    static_cast<StoreHandle*>(store)->keys->set(key, std::vector<uint8_t>(value, value + length));
    return 0;
  });
}

// The length of the value, of which `capacity` bytes at most are written.
DP_API int dp_store_get(void* store, const char* key, uint8_t* value, int capacity) {
  return guarded("TCPStore.get", [&] {
    auto found = static_cast<StoreHandle*>(store)->keys->get(key);
    std::memcpy(value, found.data(), std::min(found.size(), static_cast<size_t>(capacity)));
    return static_cast<int>(found.size());
  });
}

DP_API int dp_store_check(void* store, const char* key) {
  return guarded("TCPStore.check", [&] { return static_cast<StoreHandle*>(store)->keys->check({key}) ? 1 : 0; });
}

// ---- groups

// `address` is the one by which this host is reached.
DP_API void* dp_group_new(void* store, int rank, int size, int64_t timeout_ms, const char* address, int backends) {
  GroupHandle* made = nullptr;
  guarded("init_process_group", [&] {
    auto& keys = static_cast<StoreHandle*>(store)->keys;
    auto number = std::to_string(static_cast<StoreHandle*>(store)->groups++);
    auto timeout = std::chrono::milliseconds(timeout_ms);
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
    options->threads = 1;
    auto group = std::make_unique<GroupHandle>();
    group->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo" + number, keys), rank, size, options);
#ifdef USE_C10D_NCCL
    if (backends & NcclBackend) {
      // Else a call returns before the exchange is done, and the wait for a process that is gone has no end and no message.
      setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
      setenv("NCCL_BLOCKING_WAIT", "1", 0);
      auto nccl = c10d::ProcessGroupNCCL::Options::create();
      nccl->timeout = timeout;
      group->nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl" + number, keys), rank, size, nccl);
    }
#endif
    made = group.release();
    return 0;
  });
  return made;
}

DP_API void dp_group_free(void* group) { delete static_cast<GroupHandle*>(group); }

DP_API int dp_all_reduce(void* group, void* tensor, int operation) {
  return collective("all_reduce", group, tensor, [&](AnyGroup& g, std::vector<at::Tensor>& tensors) {
    c10d::AllreduceOptions options;
    options.reduceOp = static_cast<c10d::ReduceOp::RedOpType>(operation);
    return g.allreduce(tensors, options);
  });
}

DP_API int dp_broadcast(void* group, void* tensor, int source) {
  return collective("broadcast", group, tensor, [&](AnyGroup& g, std::vector<at::Tensor>& tensors) {
    c10d::BroadcastOptions options;
    options.rootRank = source;
    return g.broadcast(tensors, options);
  });
}

// `outputs` holds a tensor for each rank, of the shape and on the device of the input.
DP_API int dp_all_gather(void* group, void* const* outputs, int count, void* input) {
  return guarded("all_gather", [&] {
    auto& groups = *static_cast<GroupHandle*>(group);
    std::vector<at::Tensor> inputs{borrow(input)};
    std::vector<std::vector<at::Tensor>> gathered(1);
    bool detour = inputs[0].is_cuda() && !groups.nccl;
    if (detour) inputs[0] = inputs[0].cpu();
    for (int k = 0; k < count; k++) gathered[0].push_back(detour ? borrow(outputs[k]).cpu() : borrow(outputs[k]));
    (inputs[0].is_cuda() ? groups.nccl : groups.gloo)->allgather(gathered, inputs)->wait();
    for (int k = 0; detour && k < count; k++) borrow(outputs[k]).copy_(gathered[0][k]);
    return 0;
  });
}

DP_API int dp_send(void* group, void* tensor, int target) {
  return collective("send", group, tensor, [&](AnyGroup& g, std::vector<at::Tensor>& tensors) { return g.send(tensors, target, 0); });
}

DP_API int dp_recv(void* group, void* tensor, int source) {
  return collective("recv", group, tensor, [&](AnyGroup& g, std::vector<at::Tensor>& tensors) { return g.recv(tensors, source, 0); });
}

DP_API int dp_barrier(void* group) {
  return guarded("barrier", [&] {
    static_cast<GroupHandle*>(group)->gloo->barrier()->wait();
    return 0;
  });
}
#endif

DP_API int dp_distributed_backends() {
#if defined(USE_C10D_GLOO) && defined(USE_C10D_NCCL)
  return GlooBackend | NcclBackend;
#elif defined(USE_C10D_GLOO)
  return GlooBackend;
#else
  return 0;
#endif
}
