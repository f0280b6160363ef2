using System.Text;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>White space as pages mean it.</summary>
internal static class Whitespace
{
    /// <summary>Runs of white space become one space; none is left at the ends.</summary>
    public static string Collapse(string text)
    {
        var result = new StringBuilder(text.Length);
        bool gap = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                gap = result.Length > 0;
                continue;
            }
            if (gap)
                result.Append(' ');
            gap = false;
            result.Append(c);
        }
        return result.ToString();
    }
}
