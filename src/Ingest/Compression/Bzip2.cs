using System.Runtime.InteropServices;

namespace DataPipeline.Ingest.Compression;

/// <summary>bzip2 streams by libbz2.</summary>
internal sealed unsafe partial class Bzip2 : Codec
{
    private readonly BzStream* _stream;

    public Bzip2()
    {
        _stream = (BzStream*)NativeMemory.AllocZeroed((nuint)sizeof(BzStream));
        _ = Native("libbz2.so.1.0", "libbz2-1.0", () => Init(_stream, 0, 0));
    }

    public override string Name => "bzip2";

    public override byte FirstByte => (byte)'B';

    public override bool IsStart(ReadOnlySpan<byte> bytes) => Starts(bytes);

    /// <summary><c>BZh</c>, a level, and the start of a block or of an empty stream's end: text may well start with <c>BZh</c>.</summary>
    public static bool Starts(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 6 && bytes.StartsWith("BZh"u8) && bytes[3] is >= (byte)'1' and <= (byte)'9'
            && (bytes[4] == 0x31 && bytes[5] == 0x41 || bytes[4] == 0x17 && bytes[5] == 0x72);

    public override void Reset()
    {
        _ = End(_stream);
        NativeMemory.Clear(_stream, (nuint)sizeof(BzStream));
        _ = Init(_stream, 0, 0);
    }

    public override CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written)
    {
        int code;
        fixed (byte* source = input, target = output)
        {
            _stream->NextIn = source;
            _stream->AvailableIn = (uint)input.Length;
            _stream->NextOut = target;
            _stream->AvailableOut = (uint)output.Length;
            code = Decompress(_stream);
        }
        consumed = input.Length - (int)_stream->AvailableIn;
        written = output.Length - (int)_stream->AvailableOut;
        return code switch { 4 => CodecStatus.End, 0 => CodecStatus.More, _ => CodecStatus.Corrupt };
    }

    public override void Dispose()
    {
        _ = End(_stream);
        NativeMemory.Free(_stream);
    }

    [LibraryImport("libbz2.so.1.0", EntryPoint = "BZ2_bzDecompressInit")]
    private static partial int Init(BzStream* stream, int verbosity, int small);

    [LibraryImport("libbz2.so.1.0", EntryPoint = "BZ2_bzDecompress")]
    private static partial int Decompress(BzStream* stream);

    [LibraryImport("libbz2.so.1.0", EntryPoint = "BZ2_bzDecompressEnd")]
    private static partial int End(BzStream* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct BzStream
    {
        public byte* NextIn;
        public uint AvailableIn, TotalInLow, TotalInHigh;
        public byte* NextOut;
        public uint AvailableOut, TotalOutLow, TotalOutHigh;
        public void* State;
        public void* Allocate;
        public void* Free;
        public void* Opaque;
    }
}
