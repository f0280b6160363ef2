using System.Collections.Concurrent;

namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    /// <summary>Optimizer kernels that do in one pass over memory what lists of operators do in many: newer libtorch has them, each for some devices.</summary>
    public static class fused
    {
        private static readonly Operator adamWOp = new("aten::_fused_adamw_"), adamOp = new("aten::_fused_adam_");

        // Written by any thread, always with the same value for a key.
        private static readonly ConcurrentDictionary<(bool Decoupled, DeviceType Device), bool> runs = new();

        /// <summary>Whether this libtorch has Adam's kernel for a device: on a card from 2.0 (plain Adam from 1.13), on a CPU from 2.4.</summary>
        /// <param name="decoupled">AdamW's decay (Loshchilov 2019), in place of Adam's, which is added to the gradient.</param>
        /// <param name="device">The device of the weights.</param>
        public static bool has_adam(bool decoupled, Device device) => runs.GetOrAdd((decoupled, device.Type), _ => (decoupled ? adamWOp : adamOp).Exists && Runs(decoupled, device));

        /// <summary>One step of Adam or AdamW over lists of tensors.</summary>
        /// <param name="weights">Weights, changed.</param>
        /// <param name="gradients">Their gradients.</param>
        /// <param name="mean">Means of the gradients, changed.</param>
        /// <param name="square">Means of their squares, changed.</param>
        /// <param name="step">Number of the step, from 1.</param>
        /// <param name="decoupled">AdamW's decay.</param>
        /// <param name="learningRate">Learning rate.</param>
        /// <param name="beta1">Decay of the mean.</param>
        /// <param name="beta2">Decay of the squares' mean.</param>
        /// <param name="decay">Weight decay.</param>
        /// <param name="eps">Added to the denominator.</param>
        public static void adam_(TensorList weights, TensorList gradients, TensorList mean, TensorList square, int step, bool decoupled, double learningRate, double beta1, double beta2, double decay, double eps)
        {
            using var scope = NewDisposeScope();
            Tensor one = full([], step, float32, weights.Tensors[0].device);
            // The kernel reads a step for each weight; all are at the same one.
            var steps = new TensorList([.. weights.Tensors.Select(_ => one)]);
            (decoupled ? adamWOp : adamOp).CallInPlace(weights.Argument, gradients.Argument, mean.Argument, square.Argument, Argument.Tensors(null, 0), steps.Argument,
                learningRate, beta1, beta2, decay, eps, false, false);
        }

        // A schema without a kernel for the device is common.
        private static bool Runs(bool decoupled, Device device)
        {
            using var scope = NewDisposeScope();
            TensorList One() => new([ones([1], float32, device)]);
            try
            {
                adam_(One(), One(), One(), One(), 1, decoupled, 1e-3, 0.9, 0.95, 0, 1e-8);
                return true;
            }
            catch (TorchException)
            {
                return false;
            }
        }
    }
}
