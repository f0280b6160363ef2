namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    /// <summary>Neural network operators.</summary>
    public static class nn
    {
        /// <summary>Functions without weights of their own, named as torch.nn.functional names them.</summary>
        public static class functional
        {
            private static readonly Operator embeddingOp = new("aten::embedding"), linearOp = new("aten::linear"), layerNormOp = new("aten::layer_norm"), geluOp = new("aten::gelu"),
                siluOp = new("aten::silu"), softmaxOp = new("aten::softmax", "int"), logSoftmaxOp = new("aten::log_softmax", "int"), crossEntropyOp = new("aten::cross_entropy_loss"),
                dropoutOp = new("aten::dropout"), logSigmoidOp = new("aten::log_sigmoid"), attentionOp = new("aten::scaled_dot_product_attention"), attention113Op = new("aten::_scaled_dot_product_attention"), rmsNormOp = new("aten::rms_norm");

            /// <summary>Rows of the weight, by index.</summary>
            public static Tensor embedding(Tensor indices, Tensor weight) => embeddingOp.Call(weight, indices);

            /// <summary>x @ weight^T + bias with weight [out, in].</summary>
            public static Tensor linear(Tensor x, Tensor weight, Tensor? bias = null) => linearOp.Call(x, weight, bias);

            /// <summary>Layer normalisation over the last dimension (Ba 2016).</summary>
            public static Tensor layer_norm(Tensor x, Tensor weight, Tensor? bias, double eps = 1e-5)
            {
                long width = weight.size(0);
                return layerNormOp.Call(x, Argument.Ints(&width, 1), weight, bias, eps);
            }

            /// <summary>x / rms(x) * weight over the last dimension (Zhang 2019), by the fused operator where libtorch has one.</summary>
            public static Tensor rms_norm(Tensor x, Tensor weight, double eps)
            {
                if (HasFusedRmsNorm)
                {
                    long width = weight.size(0);
                    return rmsNormOp.Call(x, Argument.Ints(&width, 1), weight, eps);
                }
                using var scope = NewDisposeScope();
                Tensor scale = x.mul(x).mean(-1, keepdim: true).add(eps).rsqrt();
                return x.mul(scale).mul(weight).MoveToOuterDisposeScope();
            }

            /// <summary>Gaussian error linear unit, exact or by tanh (Hendrycks 2016).</summary>
            public static Tensor gelu(Tensor x, bool tanh = false)
            {
                ReadOnlySpan<byte> form = tanh ? "tanh"u8 : "none"u8;
                fixed (byte* text = form) return geluOp.Call(x, Argument.String(text, form.Length));
            }

            /// <summary>x * sigmoid(x).</summary>
            public static Tensor silu(Tensor x) => siluOp.Call(x);

            /// <summary>exp(x) / sum(exp(x)).</summary>
            public static Tensor softmax(Tensor x, long dim) => softmaxOp.Call(x, dim);

            /// <summary>x - logsumexp(x); `dtype` converts first, so that half-precision logits are summed in float32.</summary>
            public static Tensor log_softmax(Tensor x, long dim, ScalarType? dtype = null) => logSoftmaxOp.Call(x, dim, dtype is { } type ? type : Argument.None);

            /// <summary>log sigmoid(x) without overflow.</summary>
            public static Tensor logsigmoid(Tensor x) => logSigmoidOp.Call(x);

            /// <summary>Cross-entropy of logits [n, classes] and class indices [n] in nats.</summary>
            public static Tensor cross_entropy(Tensor logits, Tensor targets, Reduction reduction = Reduction.Mean, long ignore_index = -100, double label_smoothing = 0) =>
                crossEntropyOp.Call(logits, targets, Argument.None, (long)reduction, ignore_index, label_smoothing);

            /// <summary>Zeroes elements with probability p and scales the rest by 1/(1-p) (Srivastava 2014); the tensor itself when not training.</summary>
            public static Tensor dropout(Tensor x, double p, bool training) => training && p > 0 ? dropoutOp.Call(x, p, true) : x;

            /// <summary>Whether libtorch has fused attention (from 2.0).</summary>
            public static bool HasFusedAttention => attentionOp.Exists;

            /// <summary>Whether libtorch has attention as one operator, fused or not: 1.13 has a private one, which is composed of others and no faster than composing them here.</summary>
            public static bool HasAttention => HasFusedAttention || attention113Op.Exists;

            // A separate rms_norm came with 2.4, where it is composed of the same operators on the CPU.
            private static readonly Lazy<bool> fusedRmsNorm = new(() => rmsNormOp.Exists);
            private static bool HasFusedRmsNorm => fusedRmsNorm.Value;

            /// <summary>Attention over [batch, heads, time, head width] where <see cref="HasAttention"/>; a mask excludes `causal`.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? mask = null, bool causal = true, double dropout = 0) =>
                attentionOp.Exists ? attentionOp.Call(query, key, value, mask, dropout, causal && mask is null)
                : attention113Op.Call(query, key, value, mask, dropout, false, causal && mask is null);
        }
    }
}

/// <summary>How a loss over many elements becomes its result, numbered as libtorch numbers it.</summary>
public enum Reduction
{
    /// <summary>One value an element.</summary>
    None = 0,
    /// <summary>The mean over elements that are not ignored.</summary>
    Mean = 1,
    /// <summary>The sum.</summary>
    Sum = 2,
}
