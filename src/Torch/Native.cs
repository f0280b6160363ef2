using System.Reflection;
using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Torch;

/// <summary>The C functions of native/torch_binding.cpp, and how its library is found and loaded.</summary>
internal static unsafe partial class Native
{
    private const string Library = "datapipeline_torch";
    private const string File = "libdatapipeline_torch.so";

    // Written once by the static constructor, which the runtime runs before the first import is resolved.
    private static readonly Lazy<nint> loaded = new(Load);

    static Native()
    {
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, (name, _, _) => name == Library ? loaded.Value : 0);
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct TensorFacts
    {
        public long* Sizes;
        public long* Strides;
        public void* Data;
        public long Elements;
        public int Dimensions;
        public int ScalarType;
        public int DeviceType;
        public int DeviceIndex;
        public int RequiresGrad;
        public int Contiguous;
    }

    private static nint Load()
    {
        // A spinning OpenMP pool collapses to a few percent of its speed as soon as another process wants a core.
        // The variable is read when libgomp is loaded, so libc's own copy of the environment must have it by then.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 1);
        string beside = Path.Combine(AppContext.BaseDirectory, File);
        string besideAssembly = Path.Combine(Path.GetDirectoryName(typeof(Native).Assembly.Location) ?? "", File);
        foreach (string path in (string[])[beside, besideAssembly])
        {
            if (!System.IO.File.Exists(path)) continue;
            if (NativeLibrary.TryLoad(path, out nint handle))
            {
                KeepFreedMemory();
                Start(handle);
                return handle;
            }
            throw new MissingPartException($"{path} is here but does not load (is its libtorch gone?). To mend it: {InstallCommand} and build again");
        }
        throw new MissingPartException($"training needs libtorch, which was not there when this was built. To mend it: {InstallCommand} and build again");
    }

    /// <summary>The command that installs what training needs.</summary>
    internal const string InstallCommand = "sudo apt-get install -y --no-install-recommends libtorch-dev libgloo-dev libopenblas0-pthread g++";

    // One thread until told otherwise: the count changes the bits of a result, so it must never follow the machine.
    private static void Start(nint handle) => ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(handle, "dp_set_num_threads"))(1);

    // glibc maps every large block anew and gives it back when it is freed: a step with 100 MB of logits spent a quarter of its time on
    // page faults (sys 4.1 s of 16 s; 1.0 s with this, vocabulary 8192). Memory stays at the peak of a step instead.
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, TopPad = -2, MapMost = -4;
        if (!NativeLibrary.TryLoad("libc.so.6", out nint libc) || !NativeLibrary.TryGetExport(libc, "mallopt", out nint mallopt)) return;
        var set = (delegate* unmanaged<int, int, int>)mallopt;
        set(MapMost, 0);
        set(TrimThreshold, int.MaxValue);
        set(TopPad, 256 << 20);
    }

    internal static string LastError() => Marshal.PtrToStringUTF8(dp_last_error()) ?? "";

    internal static void Check(int result)
    {
        if (result < 0) throw new TorchException(LastError());
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport(Library)] private static partial nint dp_last_error();
    [LibraryImport(Library)] internal static partial nint dp_version();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint dp_find_operator(string name, string overload);
    [LibraryImport(Library)] internal static partial int dp_schema(nint op, byte* text, int capacity);
    [LibraryImport(Library)] internal static partial int dp_call(nint op, Argument* args, int count, Argument* results, int capacity);
    [LibraryImport(Library)] internal static partial void dp_free(nint memory);
    [LibraryImport(Library)] internal static partial void dp_release(nint handle);
    [LibraryImport(Library)] internal static partial int dp_facts(nint handle, TensorFacts* facts);
    [LibraryImport(Library)] internal static partial int dp_set_requires_grad(nint handle, int on);
    [LibraryImport(Library)] internal static partial int dp_backward(nint root, nint gradient, int retainGraph, int createGraph);
    [LibraryImport(Library)] internal static partial nint dp_grad(nint handle);
    [LibraryImport(Library)] internal static partial int dp_set_grad(nint handle, nint gradient);
    [LibraryImport(Library)] internal static partial int dp_grad_enabled();
    [LibraryImport(Library)] internal static partial void dp_set_grad_enabled(int on);
    [LibraryImport(Library)] internal static partial int dp_autocast_enabled(int deviceType);
    [LibraryImport(Library)] internal static partial int dp_set_autocast(int deviceType, int on, int scalarType);
    [LibraryImport(Library)] internal static partial int dp_recompute(delegate* unmanaged<nint, nint*, int, nint, int> function, delegate* unmanaged<nint, void> release, nint token, nint* inputs, int count, nint* outputs, int capacity);
    [LibraryImport(Library)] internal static partial void dp_recompute_give(nint sink, nint output);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial void dp_recompute_fail(nint sink, string message);
    [LibraryImport(Library)] internal static partial int dp_manual_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int dp_seed_device(int deviceType, int deviceIndex, ulong seed);
    [LibraryImport(Library)] internal static partial nint dp_random_state(int deviceType, int deviceIndex);
    [LibraryImport(Library)] internal static partial int dp_set_random_state(int deviceType, int deviceIndex, nint state);
    [LibraryImport(Library)] internal static partial void dp_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int dp_get_num_threads();
    [LibraryImport(Library)] internal static partial int dp_set_deterministic(int on);
    [LibraryImport(Library)] internal static partial void dp_allow_tf32(int on);
    [LibraryImport(Library)] internal static partial int dp_cuda_device_count();
    [LibraryImport(Library)] internal static partial int dp_cuda_synchronize();
}
