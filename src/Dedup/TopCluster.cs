namespace DataPipeline.Dedup;

/// <summary>One of the largest clusters.</summary>
/// <param name="Kind">The kind that joined it.</param>
/// <param name="Cluster">Its number: the survivor's number in the corpus.</param>
/// <param name="Size">Documents in it, the survivor too.</param>
/// <param name="Survivor">Id of the document that stayed.</param>
/// <param name="Text">Start of the survivor's text; null where it was not looked for.</param>
public sealed record TopCluster(string Kind, long Cluster, int Size, string Survivor, string? Text = null)
{
    /// <summary>Clusters of a kind that are named.</summary>
    public const int Most = 20;

    /// <summary>Fact of the clusters step that holds the list.</summary>
    public const string Fact = "top_clusters";

    /// <summary>The first characters of a text in one line.</summary>
    public static string Start(string text) => (text.Length <= 200 ? text : text[..(char.IsHighSurrogate(text[199]) ? 199 : 200)] + "…").ReplaceLineEndings(" ");
}
