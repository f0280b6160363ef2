using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Dedup;

/// <summary>Removes documents whose text equals that of another, character for character or but for case, spacing and punctuation.</summary>
/// <remarks>The key is 128 bits of SHA-256: nobody can make two texts that remove each other, and it costs what two 64-bit hashes cost.</remarks>
/// <param name="normalize">What does not count: <c>none</c> compares every character, <c>spaces</c> takes every run of white space for one space and none at the
/// ends, <c>words</c> compares letters and digits alone, in lower case and NFKC.</param>
/// <param name="parts">Roles of the parts to compare, such as <c>prompt</c>; a document without them is kept. Left out: the whole text.</param>
[Stage("exact")]
public sealed class ExactDedup(ExactText normalize = ExactText.None, IReadOnlyList<string>? parts = null) : DocumentDedup(parts)
{
    /// <inheritdoc/>
    public override Signature Sign(Document document) =>
        Compared(document) is { } view ? new Signature([KeyOf(normalize switch
        {
            ExactText.Spaces => Spaced(view.Text),
            ExactText.Words => Words(view.Text),
            _ => view.Text,
        })], []) : Signature.None;

    /// <summary>128 bits of SHA-256 over UTF-16.</summary>
    internal static UInt128 KeyOf(ReadOnlySpan<char> text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text), digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    private static string Spaced(string text)
    {
        var view = new TextView(text);
        var spaced = new StringBuilder(text.Length);
        foreach (Slice word in view.Words)
            spaced.Append(spaced.Length > 0 ? " " : "").Append(view[word]);
        return spaced.ToString();
    }

    private static string Words(string text)
    {
        var words = new StringBuilder(text.Length);
        foreach (Rune rune in UnicodeNormalizer.Normalize(text, UnicodeForm.Nfkc).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                words.Append(Rune.ToLowerInvariant(rune));
        }
        return words.ToString();
    }
}

/// <summary>What exact deduplication does not count.</summary>
public enum ExactText
{
    /// <summary>Every character counts.</summary>
    None,

    /// <summary>A run of white space counts as one space.</summary>
    Spaces,

    /// <summary>Letters and digits count, without case.</summary>
    Words,
}
