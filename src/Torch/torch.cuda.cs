using System.Runtime.InteropServices;
using System.Text;

namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    public static partial class cuda
    {
        private const string Driver = "libcuda.so.1";
        private const int NameBytes = 256;

        /// <summary>Name of a card as its driver gives it, such as "NVIDIA H100 80GB HBM3"; null where there is no CUDA driver, as under ROCm.</summary>
        /// <param name="device">A CUDA device, numbered as libtorch numbers it.</param>
        /// <remarks>The driver is asked, not libtorch: its function for this needs the headers of the CUDA toolkit to compile.</remarks>
        public static string? get_device_name(Device device)
        {
            if (!NativeLibrary.TryLoad(Driver, out nint library)) return null;
            var initialize = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(library, "cuInit");
            var get = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(library, "cuDeviceGet");
            var nameOf = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetName");
            byte* name = stackalloc byte[NameBytes];
            int handle = 0;
            int result = initialize(0);
            if (result == 0) result = get(&handle, Math.Max(0, device.Index));
            if (result == 0) result = nameOf(name, NameBytes, handle);
            return result == 0 ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) : null;
        }
    }
}
