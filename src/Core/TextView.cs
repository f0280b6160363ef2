namespace DataPipeline.Core;

/// <summary>The words, lines and paragraphs of one text, found once and shared by every filter.</summary>
public sealed class TextView(string text)
{
    /// <summary>The text itself.</summary>
    public string Text { get; } = text;
}
