namespace DataPipeline.Torch;

/// <summary>
/// Disposes every tensor made on this thread since it began, as TorchSharp's scopes do: one around each training step keeps memory flat.
/// Scopes belong to their thread, so never await inside one.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? current;

    private readonly DisposeScope? outer = current;
    private readonly List<Tensor> tensors = [];

    internal DisposeScope() => current = this;

    internal static DisposeScope? Current => current;

    internal DisposeScope? Outer => outer;

    internal void Add(Tensor tensor) => tensors.Add(tensor);

    /// <summary>Disposes the tensors that were not moved out.</summary>
    public void Dispose()
    {
        if (current == this) current = outer;
        foreach (Tensor tensor in tensors)
            if (tensor.Scope == this) tensor.Dispose();
        tensors.Clear();
    }
}
