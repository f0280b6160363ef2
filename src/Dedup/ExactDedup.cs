using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup;

/// <summary>Removes documents whose text equals that of another, character for character.</summary>
/// <remarks>The key is 128 bits of SHA-256: nobody can make two texts that remove each other, and it costs what two 64-bit hashes cost.</remarks>
/// <param name="parts">Roles of the parts to compare, such as <c>prompt</c>; a document without them is kept. Left out: the whole text.</param>
[Stage("exact")]
public sealed class ExactDedup(IReadOnlyList<string>? parts = null) : DedupKind(parts)
{
    /// <inheritdoc/>
    public override Signature Sign(Document document)
    {
        if (Compared(document) is not { } view)
            return Signature.None;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(view.Text.AsSpan()), digest);
        return new Signature([BinaryPrimitives.ReadUInt128LittleEndian(digest)], []);
    }
}
