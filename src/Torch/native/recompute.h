// Activation checkpointing (Chen 2016): the activations between the inputs and the outputs of a managed function are not kept but computed
// again when the backward pass comes to them. One node of the graph stands for the function; its apply runs the function a second time under
// the random state and autocast setting of the first, and a backward pass of its own through what that recorded. The weights are reached by
// that inner pass and are no inputs, so that the function has a gradient even where no input wants one, as behind a frozen embedding.
//
// Included by torch_binding.cpp, whose helpers it uses. Nodes of the graph are what libtorch changes most: build.sh says WITHOUT_RECOMPUTE where
// this does not compile, and everything else is built.

#ifdef WITHOUT_RECOMPUTE
DP_API void dp_recompute_give(void*, void*) {}
DP_API void dp_recompute_fail(void*, const char*) {}
DP_API int dp_recompute(void*, void (*release)(void*), void* token, void* const*, int, void**, int) {
  release(token);
  return guarded("checkpoint", [&]() -> int { TORCH_CHECK(false, "activations cannot be computed again with this libtorch: its headers did not fit when the binding was built"); });
}
#else

namespace {

// The managed function: takes handles it then owns, calls dp_recompute_give for each output, returns 0, or calls dp_recompute_fail and returns -1.
using Recompute = int (*)(void* token, void* const* inputs, int count, void* sink);
using Release = void (*)(void* token);

struct RecomputeSink {
  std::vector<at::Tensor> outputs;
  std::string error;
};

struct AutocastSetting {
  bool cpu = false, cuda = false;
  at::ScalarType cpu_type = at::kBFloat16, cuda_type = at::kHalf;

  static AutocastSetting now() {
    AutocastSetting s;
#if DP_TORCH_AT_LEAST(2, 4)
    s.cpu = at::autocast::is_autocast_enabled(at::kCPU), s.cpu_type = at::autocast::get_autocast_dtype(at::kCPU);
    s.cuda = at::autocast::is_autocast_enabled(at::kCUDA), s.cuda_type = at::autocast::get_autocast_dtype(at::kCUDA);
#else
    s.cpu = at::autocast::is_cpu_enabled(), s.cpu_type = at::autocast::get_autocast_cpu_dtype();
    s.cuda = at::autocast::is_enabled(), s.cuda_type = at::autocast::get_autocast_gpu_dtype();
#endif
    return s;
  }

  void apply() const {
    dp_set_autocast(static_cast<int>(at::kCPU), cpu, static_cast<int>(cpu_type));
    dp_set_autocast(static_cast<int>(at::kCUDA), cuda, static_cast<int>(cuda_type));
  }
};

// Of the CPU and, where the function computes on one, of a card.
struct RandomStates {
  std::vector<std::pair<at::Device, at::Tensor>> states;

  static RandomStates of(const std::vector<at::Tensor>& inputs) {
    RandomStates r;
    r.add(at::Device(at::kCPU));
    for (auto& input : inputs)
      if (input.defined() && input.is_cuda() && r.states.size() == 1) r.add(input.device());
    return r;
  }

  void add(at::Device device) {
    auto generator = at::globalContext().defaultGenerator(device);
    std::lock_guard<std::mutex> lock(generator.mutex());
    states.emplace_back(device, generator.get_state());
  }

  void apply() const {
    for (auto& state : states) {
      auto generator = at::globalContext().defaultGenerator(state.first);
      std::lock_guard<std::mutex> lock(generator.mutex());
      generator.set_state(state.second);
    }
  }
};

// Runs the function on inputs cut from the graph, recording what it does.
std::vector<at::Tensor> run_function(Recompute function, void* token, std::vector<at::Tensor>& inputs) {
  at::AutoGradMode record(true);
  std::vector<void*> handles;
  for (auto& input : inputs) handles.push_back(give(input));
  RecomputeSink sink;
  auto result = function(token, handles.data(), static_cast<int>(handles.size()), &sink);
  TORCH_CHECK(result == 0, sink.error);
  return std::move(sink.outputs);
}

struct RecomputeNode : torch::autograd::Node {
  Recompute function;
  Release release;
  void* token;
  std::vector<at::Tensor> inputs;
  std::vector<bool> wanted;
  RandomStates random;
  AutocastSetting autocast;

  ~RecomputeNode() override { release_variables(); }

  void release_variables() override {
    std::lock_guard<std::mutex> lock(mutex_);
    inputs.clear();
    if (token) release(token);
    token = nullptr;
  }

  std::string name() const override { return "RecomputeBackward"; }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    TORCH_CHECK(token, "backward a second time through a part that is computed again, after its inputs were freed");
    std::vector<at::Tensor> leaves;
    for (size_t k = 0; k < inputs.size(); k++) {
      leaves.push_back(inputs[k].defined() ? inputs[k].detach() : at::Tensor());
      if (wanted[k]) leaves.back().set_requires_grad(true);
    }
    auto random_after = RandomStates::of(inputs);
    auto autocast_after = AutocastSetting::now();
    random.apply();
    autocast.apply();
    std::vector<at::Tensor> outputs;
    try {
      outputs = run_function(function, token, leaves);
    } catch (...) {
      autocast_after.apply();
      random_after.apply();
      throw;
    }
    autocast_after.apply();
    random_after.apply();
    torch::autograd::variable_list roots, upstream;
    for (size_t k = 0; k < outputs.size() && k < gradients.size(); k++) {
      if (!gradients[k].defined() || !outputs[k].requires_grad()) continue;
      roots.push_back(outputs[k]);
      upstream.push_back(gradients[k]);
    }
    if (!roots.empty()) torch::autograd::backward(roots, upstream);
    torch::autograd::variable_list results;
    for (size_t k = 0; k < leaves.size(); k++) results.push_back(wanted[k] ? leaves[k].grad() : at::Tensor());
    return results;
  }
};

}  // namespace

DP_API void dp_recompute_give(void* sink, void* output) { static_cast<RecomputeSink*>(sink)->outputs.push_back(borrow(output)); }

DP_API void dp_recompute_fail(void* sink, const char* message) { static_cast<RecomputeSink*>(sink)->error = message; }

// Runs the function once and gives its outputs, floating-point tensors of which the first `capacity` fit. The token is released with the node.
DP_API int dp_recompute(Recompute function, Release release, void* token, void* const* handles, int count, void** outputs, int capacity) {
  auto node = std::shared_ptr<RecomputeNode>(new RecomputeNode(), torch::autograd::deleteNode);
  node->function = function, node->release = release, node->token = token;
  return guarded("checkpoint", [&] {
    std::vector<at::Tensor> given, leaves;
    for (int k = 0; k < count; k++) given.push_back(borrow(handles[k]));
    node->random = RandomStates::of(given);
    node->autocast = AutocastSetting::now();
    for (auto& input : given) {
      node->inputs.push_back(input.defined() ? input.detach() : at::Tensor());
      node->wanted.push_back(input.defined() && input.requires_grad());
      leaves.push_back(node->inputs.back().defined() ? node->inputs.back().detach() : at::Tensor());
      if (node->wanted.back()) leaves.back().set_requires_grad(true);
    }
    node->set_next_edges(torch::autograd::collect_next_edges(given));
    auto made = run_function(function, token, leaves);
    TORCH_CHECK(static_cast<int>(made.size()) <= capacity, "gives ", made.size(), " tensors, room for ", capacity);
    bool recorded = false;
    for (auto& output : made) recorded |= output.requires_grad();
    for (size_t k = 0; k < made.size(); k++) {
      auto output = made[k].detach();
      if (recorded) torch::autograd::set_history(output, node);
      outputs[k] = give(output);
    }
    return static_cast<int>(made.size());
  });
}
#endif
