using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup;

/// <summary>Removes documents that carry the same value in a metadata column, such as an id of their own or a content hash.</summary>
/// <param name="key">The column; a document without it, or with an empty value, is kept.</param>
[Stage("id")]
public sealed class IdDedup(string key = "id") : DocumentDedup(null)
{
    /// <inheritdoc/>
    public override Signature Sign(Document document) =>
        document.Metadata.GetValueOrDefault(key) is { Length: > 0 } id ? new Signature([ExactDedup.KeyOf(id)], []) : Signature.None;
}
