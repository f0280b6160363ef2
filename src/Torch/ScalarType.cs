namespace DataPipeline.Torch;

/// <summary>Element type of a tensor, numbered as libtorch numbers it.</summary>
public enum ScalarType
{
    /// <summary>8-bit unsigned integer.</summary>
    Byte = 0,
    /// <summary>8-bit signed integer.</summary>
    Int8 = 1,
    /// <summary>16-bit signed integer.</summary>
    Int16 = 2,
    /// <summary>32-bit signed integer.</summary>
    Int32 = 3,
    /// <summary>64-bit signed integer.</summary>
    Int64 = 4,
    /// <summary>IEEE half.</summary>
    Float16 = 5,
    /// <summary>IEEE single.</summary>
    Float32 = 6,
    /// <summary>IEEE double.</summary>
    Float64 = 7,
    /// <summary>Truth value, one byte.</summary>
    Bool = 11,
    /// <summary>bfloat16: 8 exponent and 7 mantissa bits.</summary>
    BFloat16 = 15,
}

/// <summary>Where a tensor lives.</summary>
/// <param name="Type">CPU or CUDA.</param>
/// <param name="Index">Number of the card; -1 is the current one, and the only one of the CPU.</param>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    /// <summary>Reads "cpu", "cuda" or "cuda:1".</summary>
    public static Device Parse(string text)
    {
        int colon = text.IndexOf(':');
        string name = colon < 0 ? text : text[..colon];
        int index = colon < 0 ? -1 : int.Parse(text[(colon + 1)..]);
        return name switch
        {
            "cpu" => new Device(DeviceType.CPU),
            "cuda" => new Device(DeviceType.CUDA, index < 0 ? 0 : index),
            _ => throw new ArgumentException($"unknown device '{text}': give cpu, cuda or cuda:N", nameof(text)),
        };
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Type == DeviceType.CPU ? "cpu" : Index < 0 ? "cuda" : $"cuda:{Index}";

    internal long Bits => ((long)Type << 32) | (uint)Index;
}

/// <summary>Kind of device, numbered as libtorch numbers it.</summary>
public enum DeviceType
{
    /// <summary>Main memory.</summary>
    CPU = 0,
    /// <summary>A CUDA card.</summary>
    CUDA = 1,
    /// <summary>Nowhere: a tensor has a shape and a type and no elements.</summary>
    Meta = 14,
}
