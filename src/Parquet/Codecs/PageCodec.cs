using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Compression;

namespace DataPipeline.Parquet;

/// <summary>Packs and unpacks pages; holds the native contexts of one reader or writer and is used by one thread at a time.</summary>
internal sealed class PageCodec : IDisposable
{
    private const int MaxIdle = 32;

    /// <summary>Bytes from which a claim is held against what the packed data says of its length.</summary>
    private const int LargeClaim = 1 << 22;

    // A reader of every column chunk needs a context of 95 KiB for some pages: they are kept for the next chunk, whoever reads it.
    private static readonly ConcurrentBag<Zstd.Decompressor> s_idle = [];
    private const int BrotliQuality = 5;
    private const int BrotliWindow = 22;
    private Zstd.Compressor? _zstdOut;
    private Zstd.Decompressor? _zstdIn;

    public static bool CanWrite(CompressionMethod method) => method is CompressionMethod.None or CompressionMethod.Snappy or CompressionMethod.Gzip or CompressionMethod.Zstd
        or CompressionMethod.Brotli or CompressionMethod.Lz4Raw;

    public void Compress(CompressionMethod method, int level, ReadOnlySpan<byte> page, ByteBuffer output)
    {
        int start = output.Length;
        switch (method)
        {
            case CompressionMethod.None:
                output.Add(page);
                break;
            case CompressionMethod.Snappy:
                output.Truncate(start + Snappy.Compress(page, output.Extend(Snappy.MaxCompressedLength(page.Length))));
                break;
            case CompressionMethod.Gzip:
                using (var packed = new MemoryStream())
                {
                    using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                        gzip.Write(page);
                    output.Add(packed.GetBuffer().AsSpan(0, (int)packed.Length));
                }

                break;
            case CompressionMethod.Brotli:
                if (!BrotliEncoder.TryCompress(page, output.Extend(BrotliEncoder.GetMaxCompressedLength(page.Length)), out int packedBytes, BrotliQuality, BrotliWindow))
                    throw new InvalidOperationException("A page did not fit the bound that brotli gives.");
                output.Truncate(start + packedBytes);
                break;
            case CompressionMethod.Lz4Raw:
                output.Truncate(start + Lz4.Compress(page, output.Extend(Lz4.MaxCompressedLength(page.Length))));
                break;
            case CompressionMethod.Zstd:
                _zstdOut ??= Zstd.Need(Zstd.CreateCompressor);
                output.Truncate(start + Zstd.Compress(_zstdOut, page, output.Extend(Zstd.MaxCompressedLength(page.Length)), level));
                break;
            default:
                throw new NotSupportedException($"Pages are not written with {method}: choose none, snappy, gzip, brotli, lz4_raw or zstd.");
        }
    }

    /// <summary>Refuses a length that the packed bytes do not have or that the codec could not reach from so few: before memory is taken for it.</summary>
    public static void CheckClaim(CompressionMethod method, ReadOnlySpan<byte> packed, int unpacked)
    {
        if (unpacked > packed.Length * MaxRatio(method) + 64)
            throw new ParquetException($"the page claims {unpacked} bytes from {packed.Length} bytes of {method}, which {method} cannot hold");
        if (method == CompressionMethod.None && unpacked != packed.Length)
            throw new ParquetException($"the page claims {unpacked} bytes but {packed.Length} are stored");
        if (unpacked <= LargeClaim)
            return;

        long? found = method switch
        {
            CompressionMethod.Snappy => Snappy.LengthOf(packed, out _),
            CompressionMethod.Zstd => Zstd.LengthOf(packed),
            CompressionMethod.Brotli => BrotliLength(packed, unpacked),
            _ => null,
        };
        if (found is { } length && length != unpacked)
            throw new ParquetException($"{method} data of {length} bytes is found where {unpacked} are claimed");
    }

    /// <summary>Unpacks a page whose claim was checked.</summary>
    public void Decompress(CompressionMethod method, ReadOnlySpan<byte> packed, Span<byte> target)
    {
        switch (method)
        {
            case CompressionMethod.None:
                packed.CopyTo(target);
                break;
            case CompressionMethod.Snappy:
                Snappy.Decompress(packed, target);
                break;
            case CompressionMethod.Gzip:
                Gunzip(packed, target);
                break;
            case CompressionMethod.Brotli:
                if (!BrotliDecoder.TryDecompress(packed, target, out int written) || written != target.Length)
                    throw new ParquetException("brotli data is damaged");
                break;
            case CompressionMethod.Lz4:
                Lz4.DecompressHadoop(packed, target);
                break;
            case CompressionMethod.Lz4Raw:
                Lz4.DecompressBlock(packed, target);
                break;
            case CompressionMethod.Zstd:
                _zstdIn ??= s_idle.TryTake(out Zstd.Decompressor? idle) ? idle : Zstd.Need(Zstd.CreateDecompressor);
                Zstd.Decompress(_zstdIn, packed, target);
                break;
            default:
                throw new ParquetException($"pages packed with {method} are not read here");
        }
    }

    public void Dispose()
    {
        _zstdOut?.Dispose();
        if (_zstdIn is not null && s_idle.Count < MaxIdle)
            s_idle.Add(_zstdIn);
        else
            _zstdIn?.Dispose();
        _zstdIn = null;
    }

    // The most that a byte can become: snappy copies 64 bytes in 3, LZ4 adds 255 a byte, deflate 1032, zstd repeats 128 KiB in 4 bytes
    // and brotli up to 16 MiB in a few.
    private static long MaxRatio(CompressionMethod method) => method switch
    {
        CompressionMethod.None => 1,
        CompressionMethod.Snappy => 32,
        CompressionMethod.Lz4 or CompressionMethod.Lz4Raw => 256,
        CompressionMethod.Gzip => 1032,
        CompressionMethod.Zstd => 32768,
        CompressionMethod.Brotli => 1 << 22,
        _ => throw new ParquetException($"pages packed with {method} are not read here"),
    };

    /// <summary>Brotli says its length nowhere, so a large claim is counted before memory is taken for it.</summary>
    private static long BrotliLength(ReadOnlySpan<byte> packed, int limit)
    {
        using var decoder = default(BrotliDecoder);
        byte[] scratch = new byte[1 << 16];
        long length = 0;
        OperationStatus status;
        do
        {
            status = decoder.Decompress(packed, scratch, out int used, out int written);
            packed = packed[used..];
            length += written;
        }
        while (status == OperationStatus.DestinationTooSmall && length <= limit);
        return length;
    }

    private static unsafe void Gunzip(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        fixed (byte* start = packed)
        {
            using var source = new UnmanagedMemoryStream(start, packed.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            try
            {
                gzip.ReadExactly(target);
                if (gzip.ReadByte() >= 0)
                    throw new ParquetException($"gzip data is longer than the {target.Length} bytes that are claimed");
            }
            catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
            {
                throw new ParquetException($"gzip data is damaged: {fault.Message}", fault);
            }
        }
    }
}
