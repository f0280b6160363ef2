using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>A few dropped documents for each reason, for people to look at: those whose ids have the smallest hashes, so that the choice depends on nothing else.</summary>
public sealed class DropSamples
{
    /// <summary>Documents shown for each reason.</summary>
    public const int PerReason = 5;

    private const int ShownCharacters = 1000;
    private readonly SortedDictionary<string, Reason> _reasons = new(StringComparer.Ordinal);

    /// <summary>True when nothing was dropped.</summary>
    public bool IsEmpty => _reasons.Count == 0;

    /// <summary>Notes a dropped document.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="stage">The stage that dropped it.</param>
    /// <param name="verdict">Why.</param>
    /// <param name="document">The document as it came to that stage; null when there was none yet.</param>
    public void Add(string id, string stage, Verdict verdict, Document? document)
    {
        Reason reason = Of($"{stage}: {verdict.Reason}");
        reason.Documents++;
        var key = (Hash.Of(id), id);
        if (reason.Shown.Count < PerReason || key.CompareTo(reason.Shown.Keys[^1]) < 0)
            reason.Add(key, Describe(id, verdict, document));
    }

    /// <summary>Adds the samples of other documents.</summary>
    public void Add(DropSamples other)
    {
        foreach ((string name, Reason theirs) in other._reasons)
        {
            Reason reason = Of(name);
            reason.Documents += theirs.Documents;
            foreach (((ulong, string) key, string shown) in theirs.Shown)
                reason.Add(key, shown);
        }
    }

    /// <summary>Writes them as a page of Markdown.</summary>
    public void Write(string path)
    {
        var page = new StringBuilder($"# Dropped documents\n\nUp to {PerReason} for each reason, chosen by the hash of the id, with the number measured, the limit and the beginning of the text.\n");
        foreach ((string name, Reason reason) in _reasons)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {name}, {reason.Documents:N0} {(reason.Documents == 1 ? "document" : "documents")}\n");
            foreach (string shown in reason.Shown.Values)
                page.Append(shown);
        }
        File.WriteAllText(path, page.ToString());
    }

    private Reason Of(string name)
    {
        if (!_reasons.TryGetValue(name, out Reason? reason))
            _reasons[name] = reason = new Reason();
        return reason;
    }

    private static string Describe(string id, Verdict verdict, Document? document)
    {
        var text = new StringBuilder($"\n### {id}\n\n");
        if (double.IsFinite(verdict.Measured))
            text.Append(CultureInfo.InvariantCulture, $"measured {verdict.Measured:G6}{(double.IsFinite(verdict.Limit) ? string.Create(CultureInfo.InvariantCulture, $", limit {verdict.Limit:G6}") : "")}\n\n");
        if (verdict.Detail is not null)
            text.Append(verdict.Detail.ReplaceLineEndings(" ")).Append("\n\n");
        if (document is null)
            return text.ToString();
        string whole = document.Text;
        int end = Math.Min(whole.Length, ShownCharacters);
        end -= end < whole.Length && char.IsHighSurrogate(whole[end - 1]) ? 1 : 0;
        // Indented, the text is no Markdown of the page.
        foreach (string line in whole[..end].ReplaceLineEndings("\n").Split('\n'))
            text.Append("    ").Append(line).Append('\n');
        if (end < whole.Length)
            text.Append(CultureInfo.InvariantCulture, $"    … ({TextView.CountCodePoints(whole):N0} characters)\n");
        return text.ToString();
    }

    private sealed class Reason
    {
        public long Documents { get; set; }

        public SortedList<(ulong, string), string> Shown { get; } = [];

        public void Add((ulong, string) key, string shown)
        {
            Shown[key] = shown;
            if (Shown.Count > PerReason)
                Shown.RemoveAt(PerReason);
        }
    }
}
