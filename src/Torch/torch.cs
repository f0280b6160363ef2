using System.Runtime.InteropServices;

namespace DataPipeline.Torch;

/// <summary>Entry points under the names of PyTorch: scopes, seeds, threads, gradient mode. `using static DataPipeline.Torch.torch` as with TorchSharp.</summary>
public static unsafe partial class torch
{
    /// <summary>32-bit float, the type of weights.</summary>
    public const ScalarType float32 = ScalarType.Float32;
    /// <summary>64-bit float, for checks against reference values.</summary>
    public const ScalarType float64 = ScalarType.Float64;
    /// <summary>bfloat16.</summary>
    public const ScalarType bfloat16 = ScalarType.BFloat16;
    /// <summary>IEEE half.</summary>
    public const ScalarType float16 = ScalarType.Float16;
    /// <summary>64-bit integer, the type of token ids.</summary>
    public const ScalarType int64 = ScalarType.Int64;
    /// <summary>32-bit integer.</summary>
    public const ScalarType int32 = ScalarType.Int32;

    /// <summary>The CPU.</summary>
    public static Device CPU => new(DeviceType.CPU);

    /// <summary>The first CUDA card.</summary>
    public static Device CUDA => new(DeviceType.CUDA, 0);

    /// <summary>Version of the libtorch in use, as "1.13.0".</summary>
    public static string version => Marshal.PtrToStringUTF8(Native.dp_version()) ?? "";

    /// <summary>Whether libtorch is on this machine; when not, the reason holds the command that installs it.</summary>
    public static bool TryLoad(out string reason)
    {
        try
        {
            _ = Native.dp_version();
            reason = "";
            return true;
        }
        catch (Core.MissingPartException e)
        {
            reason = e.Message;
            return false;
        }
    }

    /// <summary>Disposes what is made on this thread until the scope ends.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Seeds the generators of the CPU and of every card.</summary>
    public static void manual_seed(ulong seed) => Native.Check(Native.dp_manual_seed(seed));

    /// <summary>Seeds the generator of one device.</summary>
    public static void manual_seed(ulong seed, Device device) => Native.Check(Native.dp_seed_device((int)device.Type, device.Index, seed));

    /// <summary>Threads of one operator (OpenMP and BLAS), 1 until set. The count changes how sums are split, so it is part of what a result depends on.</summary>
    public static void set_num_threads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Native.dp_set_num_threads(threads);
    }

    /// <summary>Threads of one operator.</summary>
    public static int get_num_threads() => Native.dp_get_num_threads();

    /// <summary>Refuses operators that have no deterministic form on the device.</summary>
    public static void use_deterministic_algorithms(bool on) => Native.Check(Native.dp_set_deterministic(on ? 1 : 0));

    /// <summary>State of the random generator of a device, a byte tensor for <see cref="set_rng_state"/>.</summary>
    public static Tensor get_rng_state(Device? device = null)
    {
        Device d = device ?? CPU;
        nint state = Native.dp_random_state((int)d.Type, d.Index);
        return state == 0 ? throw new TorchException(Native.LastError()) : new Tensor(state);
    }

    /// <summary>Puts a state of <see cref="get_rng_state"/> back.</summary>
    public static void set_rng_state(Tensor state, Device? device = null)
    {
        Device d = device ?? CPU;
        Native.Check(Native.dp_set_random_state((int)d.Type, d.Index, state.Handle));
    }

    /// <summary>Whether operators record what backward needs, on this thread.</summary>
    public static bool is_grad_enabled() => Native.dp_grad_enabled() != 0;

    /// <summary>Records nothing for backward until disposed.</summary>
    public static GradMode no_grad() => new(false);

    /// <summary>Records for backward until disposed, inside <see cref="no_grad"/>.</summary>
    public static GradMode enable_grad() => new(true);

    /// <summary>Runs matrix products in half precision until disposed; the sums that need it stay in float32.</summary>
    public static Autocast autocast(Device device, ScalarType type) => new(device, type);

    /// <summary>Bytes of one element.</summary>
    public static int element_size(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "an element type without a known size"),
    };

    /// <summary>CUDA cards.</summary>
    public static partial class cuda
    {
        /// <summary>Whether libtorch was built with CUDA and a card answers.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>Number of cards.</summary>
        public static int device_count()
        {
            int count = Native.dp_cuda_device_count();
            Native.Check(count);
            return count;
        }

        /// <summary>Waits until the card has done everything asked of it.</summary>
        public static void synchronize() => Native.Check(Native.dp_cuda_synchronize());

        /// <summary>Allows TensorFloat-32 in matrix products: faster, with 10 bits of mantissa.</summary>
        public static void allow_tf32(bool on) => Native.dp_allow_tf32(on ? 1 : 0);
    }
}

/// <summary>Sets whether backward is recorded on this thread, and puts back what was on dispose.</summary>
public readonly struct GradMode : IDisposable
{
    private readonly bool before;

    internal GradMode(bool on)
    {
        before = torch.is_grad_enabled();
        Native.dp_set_grad_enabled(on ? 1 : 0);
    }

    /// <summary>Puts the mode back.</summary>
    public void Dispose() => Native.dp_set_grad_enabled(before ? 1 : 0);
}

/// <summary>Half-precision matrix products on this thread until disposed.</summary>
public readonly struct Autocast : IDisposable
{
    private readonly DeviceType device;
    private readonly bool before;

    internal Autocast(Device device, ScalarType type)
    {
        this.device = device.Type;
        before = Native.dp_autocast_enabled((int)device.Type) != 0;
        Native.Check(Native.dp_set_autocast((int)device.Type, 1, (int)type));
    }

    /// <summary>Ends it, and drops the cached half-precision weights.</summary>
    public void Dispose()
    {
        if (!before) Native.Check(Native.dp_set_autocast((int)device, 0, (int)ScalarType.BFloat16));
    }
}
