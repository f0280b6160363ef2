using System.Runtime.InteropServices;

namespace DataPipeline.Ingest.Compression;

/// <summary>gzip members (RFC 1952) over zlib itself: <c>GZipStream</c> hides where a member ends, and reading on behind a broken one needs
/// that.</summary>
internal sealed unsafe partial class Gzip : Codec
{
    private const int GzipWindow = 31;
    private readonly ZStream* _stream;

    public Gzip()
    {
        _stream = (ZStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZStream));
        int code = Native("libz.so.1", "zlib1g", () => InflateInit(_stream, GzipWindow, "1.2.11", sizeof(ZStream)));
        if (code != 0)
            throw new InvalidOperationException("zlib could not start a decoder.");
    }

    public override string Name => "gzip";

    public override byte FirstByte => 0x1f;

    public override bool IsStart(ReadOnlySpan<byte> bytes) => Starts(bytes);

    /// <summary>Magic, method deflate, no reserved flag.</summary>
    public static bool Starts(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8 && (bytes.Length < 4 || bytes[3] < 0x20);

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
        // -5 (Z_BUF_ERROR) only says that no progress was possible with these buffers.
        return code switch { 1 => CodecStatus.End, 0 or -5 => CodecStatus.More, _ => CodecStatus.Corrupt };
    }

    public override void Dispose()
    {
        _ = InflateEnd(_stream);
        NativeMemory.Free(_stream);
    }

    [LibraryImport("libz.so.1", EntryPoint = "inflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int InflateInit(ZStream* stream, int windowBits, string version, int size);

    [LibraryImport("libz.so.1", EntryPoint = "inflate")]
    private static partial int Inflate(ZStream* stream, int flush);

    [LibraryImport("libz.so.1", EntryPoint = "inflateReset")]
    private static partial int InflateReset(ZStream* stream);

    [LibraryImport("libz.so.1", EntryPoint = "inflateEnd")]
    private static partial int InflateEnd(ZStream* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct ZStream
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
