using System.Runtime.InteropServices;

namespace DataPipeline.Ingest.Compression;

/// <summary>xz streams by liblzma, with a decoder memory limit of 256 MiB (level -9 needs 65 MiB): a header may claim any dictionary
/// size.</summary>
internal sealed unsafe partial class Xz : Codec
{
    private const ulong MemoryLimitBytes = 256UL << 20;
    private readonly LzmaStream* _stream;

    public Xz()
    {
        _stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
        _ = Native("liblzma.so.5", "liblzma5", () => StreamDecoder(_stream, MemoryLimitBytes, 0));
    }

    public override string Name => "xz";

    public override byte FirstByte => 0xfd;

    public override bool IsStart(ReadOnlySpan<byte> bytes) => Starts(bytes);

    public static bool Starts(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

    public override void Reset() => _ = StreamDecoder(_stream, MemoryLimitBytes, 0);

    public override CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written)
    {
        int code;
        fixed (byte* source = input, target = output)
        {
            _stream->NextIn = source;
            _stream->AvailableIn = (nuint)input.Length;
            _stream->NextOut = target;
            _stream->AvailableOut = (nuint)output.Length;
            code = Decode(_stream, 0);
        }
        consumed = input.Length - (int)_stream->AvailableIn;
        written = output.Length - (int)_stream->AvailableOut;
        // 10 (LZMA_BUF_ERROR) only says that no progress was possible with these buffers.
        return code switch { 1 => CodecStatus.End, 0 or 10 => CodecStatus.More, _ => CodecStatus.Corrupt };
    }

    public override void Dispose()
    {
        End(_stream);
        NativeMemory.Free(_stream);
    }

    [LibraryImport("liblzma.so.5", EntryPoint = "lzma_stream_decoder")]
    private static partial int StreamDecoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport("liblzma.so.5", EntryPoint = "lzma_code")]
    private static partial int Decode(LzmaStream* stream, int action);

    [LibraryImport("liblzma.so.5", EntryPoint = "lzma_end")]
    private static partial void End(LzmaStream* stream);

    [StructLayout(LayoutKind.Sequential)]
    private struct LzmaStream
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* Internal;
        public void* Reserved1, Reserved2, Reserved3, Reserved4;
        public ulong SeekPosition, Reserved5;
        public nuint Reserved6, Reserved7;
        public int Reserved8, Reserved9;
    }
}
