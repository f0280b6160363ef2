using System.IO.Compression;
using System.Runtime.InteropServices;

namespace DataPipeline.Ingest.Compression;

/// <summary>gzip members (RFC 1952) over zlib itself: <c>GZipStream</c> hides where a member ends, and reading on behind a broken one needs
/// that.</summary>
internal abstract class Gzip : Codec
{
    /// <summary>zlib's "window bits" that ask for a gzip header around a window of 32 KiB.</summary>
    protected const int GzipWindow = 31;

    public override string Name => "gzip";

    public override byte FirstByte => 0x1f;

    /// <summary>A decoder over the faster library: the runtime's where it has what is needed, else the system's.</summary>
    public static Gzip Create() => RuntimeGzip.IsThere ? new RuntimeGzip() : new SystemGzip();

    public override bool IsStart(ReadOnlySpan<byte> bytes) => Starts(bytes);

    /// <summary>Magic, method deflate, no reserved flag.</summary>
    public static bool Starts(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8 && (bytes.Length < 4 || bytes[3] < 0x20);

    // -5 (Z_BUF_ERROR) only says that no progress was possible with these buffers.
    protected static CodecStatus StatusOf(int code) => code switch { 1 => CodecStatus.End, 0 or -5 => CodecStatus.More, _ => CodecStatus.Corrupt };
}

/// <summary>zlib-ng as .NET brings it along for <see cref="GZipStream"/>; faster than Debian's zlib.</summary>
internal sealed unsafe partial class RuntimeGzip : Gzip
{
    private const string Library = "libSystem.IO.Compression.Native";
    private readonly Stream* _stream;

    public RuntimeGzip()
    {
        _stream = (Stream*)NativeMemory.AllocZeroed((nuint)sizeof(Stream));
        if (InflateInit(_stream, GzipWindow) != 0)
            throw new InvalidOperationException("zlib could not start a decoder.");
    }

    /// <summary>True when this runtime has the library with the functions, and is of the version whose structure is written down here.</summary>
    public static bool IsThere { get; } = Environment.Version.Major == 10 && NativeLibrary.TryLoad(Library, typeof(RuntimeGzip).Assembly, null, out nint library)
        && new[] { "InflateInit2_", "Inflate", "InflateReset2_", "InflateEnd" }.All(name => NativeLibrary.TryGetExport(library, "CompressionNative_" + name, out _));

    public override void Reset() => _ = InflateReset(_stream, GzipWindow);

    public override CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written)
    {
        int code;
        fixed (byte* source = input, target = output)
        {
            _stream->NextIn = source;
            _stream->AvailableIn = (uint)input.Length;
            _stream->NextOut = target;
            _stream->AvailableOut = (uint)output.Length;
            code = Inflate(_stream, 0);
        }
        consumed = input.Length - (int)_stream->AvailableIn;
        written = output.Length - (int)_stream->AvailableOut;
        return StatusOf(code);
    }

    public override void Dispose()
    {
        _ = InflateEnd(_stream);
        NativeMemory.Free(_stream);
    }

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateInit2_")]
    private static partial int InflateInit(Stream* stream, int windowBits);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Inflate")]
    private static partial int Inflate(Stream* stream, int flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateReset2_")]
    private static partial int InflateReset(Stream* stream, int windowBits);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateEnd")]
    private static partial int InflateEnd(Stream* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct Stream
    {
        public byte* NextIn;
        public byte* NextOut;
        public byte* Message;
        public void* State;
        public uint AvailableIn, AvailableOut;
    }
}

/// <summary>The system's zlib.</summary>
internal sealed unsafe partial class SystemGzip : Gzip
{
    private readonly Stream* _stream;

    public SystemGzip()
    {
        _stream = (Stream*)NativeMemory.AllocZeroed((nuint)sizeof(Stream));
        int code = Native("libz.so.1", "zlib1g", () => InflateInit(_stream, GzipWindow, "1.2.11", sizeof(Stream)));
        if (code != 0)
            throw new InvalidOperationException("zlib could not start a decoder.");
    }

    public override void Reset() => _ = InflateReset(_stream);

    public override CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written)
    {
        int code;
        fixed (byte* source = input, target = output)
        {
            _stream->NextIn = source;
            _stream->AvailableIn = (uint)input.Length;
            _stream->NextOut = target;
            _stream->AvailableOut = (uint)output.Length;
            code = Inflate(_stream, 0);
        }
        consumed = input.Length - (int)_stream->AvailableIn;
        written = output.Length - (int)_stream->AvailableOut;
        return StatusOf(code);
    }

    public override void Dispose()
    {
        _ = InflateEnd(_stream);
        NativeMemory.Free(_stream);
    }

    [LibraryImport("libz.so.1", EntryPoint = "inflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int InflateInit(Stream* stream, int windowBits, string version, int size);

    [LibraryImport("libz.so.1", EntryPoint = "inflate")]
    private static partial int Inflate(Stream* stream, int flush);

    [LibraryImport("libz.so.1", EntryPoint = "inflateReset")]
    private static partial int InflateReset(Stream* stream);

    [LibraryImport("libz.so.1", EntryPoint = "inflateEnd")]
    private static partial int InflateEnd(Stream* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct Stream
    {
        public byte* NextIn;
        public uint AvailableIn;
        public CULong TotalIn;
        public byte* NextOut;
        public uint AvailableOut;
        public CULong TotalOut;
        public byte* Message;
        public void* State;
        public void* Allocate;
        public void* Free;
        public void* Opaque;
        public int DataType;
        public CULong Adler;
        public CULong Reserved;
    }
}
