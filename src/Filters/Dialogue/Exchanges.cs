using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>The answers of a dialogue, each with the prompt before it.</summary>
internal static class Exchanges
{
    /// <summary>Role of who asks.</summary>
    public const string User = "user";

    /// <summary>Role of who answers.</summary>
    public const string Assistant = "assistant";

    /// <summary>Each turn of the assistant with the last turn of the user before it, empty where there is none.</summary>
    public static IEnumerable<(string Prompt, string Answer)> Of(Document document)
    {
        string prompt = "";
        foreach (Part part in document.Parts)
        {
            if (part.Role == User)
                prompt = part.Text;
            else if (part.Role == Assistant)
                yield return (prompt, part.Text);
        }
    }
}
