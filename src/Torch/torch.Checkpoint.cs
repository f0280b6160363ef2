using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    /// <summary>What PyTorch keeps under torch.utils.</summary>
    public static class utils
    {
        private const int MostOutputs = 4096;

        /// <summary>
        /// Calls a function and keeps its inputs alone: what it computes on the way is freed, and computed again when backward comes to it (Chen 2016).
        /// The second call sees the random state and autocast setting of the first, so that values, dropout and gradients have the bits of a plain
        /// call. Where gradients are not recorded it is a plain call.
        /// </summary>
        /// <param name="function">
        /// Takes the inputs, other objects at each call, and gives floating-point tensors. Weights may be used as they are; every other tensor has to be
        /// an input, since it is disposed with its scope before the second call. It must compute the same both times, and change nothing.
        /// </param>
        /// <param name="inputs">Tensors, or null; integers and masks too.</param>
        /// <exception cref="TorchException">From backward: the function threw when it was called again, with its message.</exception>
        public static Tensor[] checkpoint(Func<Tensor?[], Tensor[]> function, params ReadOnlySpan<Tensor?> inputs)
        {
            if (!is_grad_enabled()) return function(inputs.ToArray());
            nint* given = stackalloc nint[inputs.Length];
            for (int i = 0; i < inputs.Length; i++) given[i] = inputs[i]?.Handle ?? 0;
            var call = new RecomputedCall(function);
            nint* made = stackalloc nint[MostOutputs];
            // The native side frees the handle, with the node of the graph or when this call fails.
            int count = Native.dp_recompute(&RecomputedCall.Invoke, &RecomputedCall.Release, (nint)GCHandle.Alloc(call), given, inputs.Length, made, MostOutputs);
            call.Failure?.Throw();
            Native.Check(count);
            var outputs = new Tensor[count];
            for (int i = 0; i < count; i++) outputs[i] = new Tensor(made[i]);
            return outputs;
        }
    }

    private sealed class RecomputedCall(Func<Tensor?[], Tensor[]> function)
    {
        private readonly Func<Tensor?[], Tensor[]> function = function;

        internal ExceptionDispatchInfo? Failure { get; private set; }

        // Called on the thread that computes, which for a card is one of libtorch's own. No exception may pass through native frames.
        [UnmanagedCallersOnly]
        internal static int Invoke(nint token, nint* inputs, int count, nint sink)
        {
            var call = (RecomputedCall)GCHandle.FromIntPtr(token).Target!;
            using DisposeScope scope = NewDisposeScope();
            try
            {
                var owned = new Tensor?[count];
                for (int i = 0; i < count; i++) owned[i] = inputs[i] == 0 ? null : new Tensor(inputs[i]);
                foreach (Tensor output in call.function(owned)) Native.dp_recompute_give(sink, output.Handle);
                return 0;
            }
            catch (Exception error)
            {
                call.Failure = ExceptionDispatchInfo.Capture(error);
                Native.dp_recompute_fail(sink, $"{error.GetType().Name} in a part that is computed again: {error.Message}");
                return -1;
            }
        }

        [UnmanagedCallersOnly]
        internal static void Release(nint token) => GCHandle.FromIntPtr(token).Free();
    }
}
