using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Parquet;

/// <summary>The part of libzstd that pages need, and its contexts, which are reused from page to page.</summary>
internal static partial class Zstd
{
    private const string Library = "libzstd.so.1";

    public static int MaxCompressedLength(int length) => checked((int)CompressBound((nuint)length));

    public static unsafe int Compress(Compressor context, ReadOnlySpan<byte> source, Span<byte> target, int level)
    {
        fixed (byte* from = source, to = target)
            return (int)Checked(CompressNative(context, to, (nuint)target.Length, from, (nuint)source.Length, level));
    }

    public static unsafe void Decompress(Decompressor context, ReadOnlySpan<byte> source, Span<byte> target)
    {
        fixed (byte* from = source, to = target)
        {
            nuint length = Checked(DecompressNative(context, to, (nuint)target.Length, from, (nuint)source.Length));
            if (length != (nuint)target.Length)
                throw new ParquetException($"zstd data of {length} bytes is found where {target.Length} are claimed");
        }
    }

    /// <summary>The length that the data's frames unpack to, or null where one does not say.</summary>
    public static unsafe long? LengthOf(ReadOnlySpan<byte> source)
    {
        ulong length = 0;
        fixed (byte* start = source)
        {
            for (nuint at = 0; at < (nuint)source.Length;)
            {
                nuint left = (nuint)source.Length - at;
                ulong content = FrameContentSize(start + at, left);
                if (content >= ulong.MaxValue - 1)
                    return null;
                length = checked(length + content);
                at += Checked(FrameCompressedSize(start + at, left));
            }
        }

        return checked((long)length);
    }

    /// <summary>Makes a context, or says how to install the library.</summary>
    public static T Need<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (DllNotFoundException fault)
        {
            throw new MissingPartException($"{Library} is missing, which zstd pages need: apt-get install libzstd1", fault);
        }
    }

    private static nuint Checked(nuint result) =>
        IsError(result) == 0 ? result : throw new ParquetException($"zstd: {Marshal.PtrToStringUTF8(ErrorName(result))}");

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial Compressor CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial Decompressor CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    private static partial nuint CompressBound(nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    private static unsafe partial nuint CompressNative(Compressor context, byte* to, nuint capacity, byte* from, nuint length, int level);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    private static unsafe partial nuint DecompressNative(Decompressor context, byte* to, nuint capacity, byte* from, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_getFrameContentSize")]
    private static unsafe partial ulong FrameContentSize(byte* from, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_findFrameCompressedSize")]
    private static unsafe partial nuint FrameCompressedSize(byte* from, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint result);

    internal sealed class Compressor() : SafeHandle(0, true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => FreeCompressor(handle) == 0;
    }

    internal sealed class Decompressor() : SafeHandle(0, true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => FreeDecompressor(handle) == 0;
    }
}
