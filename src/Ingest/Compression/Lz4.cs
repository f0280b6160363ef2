using System.Runtime.InteropServices;

namespace DataPipeline.Ingest.Compression;

/// <summary>LZ4 frames by liblz4.</summary>
internal sealed unsafe partial class Lz4 : Codec
{
    private const uint ApiVersion = 100;
    private readonly nint _context;

    public Lz4()
    {
        _context = Native("liblz4.so.1", "liblz4-1", () =>
        {
            nint context;
            return CreateContext(&context, ApiVersion) == 0 ? context : throw new InvalidOperationException("liblz4 could not start a decoder.");
        });
    }

    public override string Name => "lz4";

    public override byte FirstByte => 0x04;

    public override bool IsStart(ReadOnlySpan<byte> bytes) => Starts(bytes);

    public static bool Starts(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4d, 0x18]);

    public override void Reset() => ResetContext(_context);

    public override CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written)
    {
        fixed (byte* source = input, target = output)
        {
            nuint from = (nuint)input.Length, to = (nuint)output.Length;
            nuint hint = Decompress(_context, target, &to, source, &from, null);
            consumed = (int)from;
            written = (int)to;
            if (IsError(hint) == 0)
                return hint == 0 ? CodecStatus.End : CodecStatus.More;
            consumed = written = 0;
            return CodecStatus.Corrupt;
        }
    }

    public override void Dispose() => _ = FreeContext(_context);

    [LibraryImport("liblz4.so.1", EntryPoint = "LZ4F_createDecompressionContext")]
    private static partial nuint CreateContext(nint* context, uint version);

    [LibraryImport("liblz4.so.1", EntryPoint = "LZ4F_freeDecompressionContext")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport("liblz4.so.1", EntryPoint = "LZ4F_resetDecompressionContext")]
    private static partial void ResetContext(nint context);

    [LibraryImport("liblz4.so.1", EntryPoint = "LZ4F_decompress")]
    private static partial nuint Decompress(nint context, byte* output, nuint* outputSize, byte* input, nuint* inputSize, void* options);

    [LibraryImport("liblz4.so.1", EntryPoint = "LZ4F_isError")]
    private static partial uint IsError(nuint code);
}
