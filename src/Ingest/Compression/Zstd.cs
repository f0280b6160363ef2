using System.Runtime.InteropServices;

namespace DataPipeline.Ingest.Compression;

/// <summary>Zstandard frames (RFC 8878), skippable ones included, by libzstd. Windows above 128 MiB are refused as the library's default
/// does.</summary>
internal sealed unsafe partial class Zstd : Codec
{
    private readonly nint _context;

    public Zstd()
    {
        _context = Native("libzstd.so.1", "libzstd1", CreateContext);
    }

    public override string Name => "zstd";

    public override byte FirstByte => 0x28;

    public override bool IsStart(ReadOnlySpan<byte> bytes) => Starts(bytes);

    public static bool Starts(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 4 && (bytes.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) || (bytes[0] & 0xf0) == 0x50
            && bytes[1..].StartsWith((ReadOnlySpan<byte>)[0x2a, 0x4d, 0x18]));

    /// <summary>Sets the dictionary of all frames to come.</summary>
    public void Load(ReadOnlySpan<byte> dictionary)
    {
        fixed (byte* bytes = dictionary)
            _ = LoadDictionary(_context, bytes, (nuint)dictionary.Length);
    }

    public override void Reset() => _ = ResetContext(_context, 1);

    public override CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written)
    {
        fixed (byte* source = input, target = output)
        {
            var from = new Buffer { Start = source, Size = (nuint)input.Length };
            var to = new Buffer { Start = target, Size = (nuint)output.Length };
            nuint left = DecompressStream(_context, &to, &from);
            consumed = (int)from.Position;
            written = (int)to.Position;
            if (IsError(left) != 0)
                return CodecStatus.Corrupt;
            return left == 0 ? CodecStatus.End : CodecStatus.More;
        }
    }

    public override void Dispose() => _ = FreeContext(_context);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateContext();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_DCtx_reset")]
    private static partial nuint ResetContext(nint context, int directive);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_DCtx_loadDictionary")]
    private static partial nuint LoadDictionary(nint context, byte* dictionary, nuint size);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint DecompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);

    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}
