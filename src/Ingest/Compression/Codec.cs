namespace DataPipeline.Ingest.Compression;

/// <summary>What one step of a decoder ended with.</summary>
internal enum CodecStatus
{
    /// <summary>Wants more input or more room.</summary>
    More,

    /// <summary>A member, frame or stream ended here and its checksum was right.</summary>
    End,

    /// <summary>The bytes are not what the format allows.</summary>
    Corrupt,
}

/// <summary>A streaming decoder of one compression format: takes what it can, gives what it can, never throws on bad bytes.</summary>
internal abstract class Codec : IDisposable
{
    /// <summary>Longest magic number of all formats, in bytes.</summary>
    public const int MagicBytes = 6;

    /// <summary>Name in drop reasons: <c>truncated_gzip</c>, <c>corrupt_zstd</c>, ...</summary>
    public abstract string Name { get; }

    /// <summary>True when a member of this format may start with these bytes.</summary>
    public abstract bool IsStart(ReadOnlySpan<byte> bytes);

    /// <summary>First byte of the magic number, to search for.</summary>
    public abstract byte FirstByte { get; }

    /// <summary>Makes ready for the next member.</summary>
    public abstract void Reset();

    /// <summary>Decodes some bytes.</summary>
    public abstract CodecStatus Step(ReadOnlySpan<byte> input, out int consumed, Span<byte> output, out int written);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The codec whose magic number stands at the start of <paramref name="head"/>; null for plain bytes. File names are not
    /// trusted.</summary>
    public static Codec? Sniff(ReadOnlySpan<byte> head)
    {
        if (Gzip.Starts(head))
            return Gzip.Create();
        if (Zstd.Starts(head))
            return new Zstd();
        if (Xz.Starts(head))
            return new Xz();
        if (Bzip2.Starts(head))
            return new Bzip2();
        return Lz4.Starts(head) ? new Lz4() : null;
    }

    /// <summary>Runs a native call and turns an absent library into advice.</summary>
    internal static T Native<T>(string library, string package, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (DllNotFoundException e)
        {
            throw new Core.MissingPartException($"{library} is not installed, and the input needs it: apt-get install {package}", e);
        }
    }
}
