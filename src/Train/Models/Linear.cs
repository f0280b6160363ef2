using DataPipeline.Torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>One matrix product of a model, x W^T + b with W [out, in]: what a low-rank adapter attaches to.</summary>
internal sealed class Linear(string name, Tensor weight, Tensor? bias) : IDisposable
{
    /// <summary>Name of the module: that of its matrix without ".weight".</summary>
    internal string Name => name;

    internal Tensor Weight => weight;

    /// <summary>Trained beside the matrix, or null.</summary>
    internal LoraPair? Lora { get; set; }

    /// <summary>The matrix in 4 bits, used in its place; or null.</summary>
    internal Nf4Matrix? Quantized { get; private set; }

    /// <summary>Holds the matrix in 4 bits and gives back the memory of its numbers.</summary>
    internal void Quantize()
    {
        using var off = torch.no_grad();
        Quantized = new Nf4Matrix(weight);
        weight.resize_(0);
    }

    /// <summary>Takes the matrix out of its 4 bits.</summary>
    internal void Unquantize()
    {
        if (Quantized is null) return;
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        Tensor whole = Quantized.Dequantized(weight.dtype);
        weight.resize_(whole.shape);
        weight.copy_(whole);
        Quantized.Dispose();
        Quantized = null;
    }

    internal Tensor Apply(Tensor x)
    {
        if (Lora is null && Quantized is null) return F.linear(x, weight, bias);
        using var scope = torch.NewDisposeScope();
        Tensor y = F.linear(x, Quantized?.Dequantized(x.dtype) ?? weight, bias);
        return (Lora is null ? y : y + Lora.Apply(x)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Lora?.Dispose();
        Quantized?.Dispose();
    }
}
