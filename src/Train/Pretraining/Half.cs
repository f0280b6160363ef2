using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>A forward pass with matrix products in the precision asked for.</summary>
internal static class Half
{
    // libtorch 1.13 adds and multiplies float16 on a CPU, but has no matrix product, softmax, norm, activation or dropout of it, and its autocast refuses the type.
    private static readonly Lazy<string?> missingOnCpu = new(WhatIsMissingOnCpu);

    /// <summary>Refuses float16 where libtorch cannot compute with it.</summary>
    internal static void Check(Precision precision, Device device)
    {
        if (precision == Precision.Float16 && device.Type == DeviceType.CPU && missingOnCpu.Value is { } missing)
            throw new MissingPartException($"precision: float16 is asked for, and libtorch {version} cannot train with it on a CPU ({missing}). To mend it: take precision: bfloat16 or float32, or a card (device: cuda)");
    }

    internal static Tensor Forward(LanguageModel model, Tensor tokens_BT, ForwardContext? context, Precision precision)
    {
        if (precision == Precision.Float32) return model.Forward(tokens_BT, context ?? ForwardContext.Plain);
        using var half = autocast(model.Device, precision == Precision.Float16 ? float16 : bfloat16);
        return model.Forward(tokens_BT, context ?? ForwardContext.Plain);
    }

    private static string? WhatIsMissingOnCpu()
    {
        using var scope = NewDisposeScope();
        using var on = enable_grad();
        try
        {
            using var half = autocast(CPU, float16);
            Tensor x = ones([1, 2, 2]), weight = ones([2, 2]);
            weight.requires_grad = true;
            Tensor y = F.gelu(F.layer_norm(F.linear(x, weight), ones([2]), null));
            baddbmm(zeros([1, 1, 1]), F.softmax(y, -1), F.silu(y)).sum().backward();
            return null;
        }
        catch (TorchException error)
        {
            return error.Message;
        }
    }
}
