using System.Runtime.InteropServices;

namespace DataPipeline.Torch;

// The C functions of native/process_group.h.
internal static unsafe partial class Native
{
    [LibraryImport(Library)] internal static partial int dp_distributed_backends();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint dp_store_new(string host, int port, int isServer, long timeout, string prefix);
    [LibraryImport(Library)] internal static partial void dp_store_free(nint store);
    [LibraryImport(Library)] internal static partial int dp_store_port(nint store);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int dp_store_set(nint store, string key, byte* value, int length);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int dp_store_get(nint store, string key, byte* value, int capacity);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int dp_store_check(nint store, string key);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint dp_group_new(nint store, int rank, int size, long timeout, string address, int backends);
    [LibraryImport(Library)] internal static partial void dp_group_free(nint group);
    [LibraryImport(Library)] internal static partial int dp_all_reduce(nint group, nint tensor, int operation);
    [LibraryImport(Library)] internal static partial int dp_broadcast(nint group, nint tensor, int source);
    [LibraryImport(Library)] internal static partial int dp_all_gather(nint group, nint* outputs, int count, nint input);
    [LibraryImport(Library)] internal static partial int dp_send(nint group, nint tensor, int target);
    [LibraryImport(Library)] internal static partial int dp_recv(nint group, nint tensor, int source);
    [LibraryImport(Library)] internal static partial int dp_barrier(nint group);
}
