using System.Globalization;

namespace DataPipeline.Filters;

/// <summary>What a word of a language model is.</summary>
public enum TextUnit
{
    /// <summary>What stands between white space.</summary>
    Words,

    /// <summary>Each character but white space, for text without spaces.</summary>
    Characters,
}

/// <summary>Lines and words of a text for a language model.</summary>
public static class TextUnits
{
    /// <summary>The lines of a text that hold something, as units.</summary>
    public static IEnumerable<IEnumerable<string>> Lines(string text, TextUnit unit) =>
        text.Split('\n').Select(line => Of(line, unit)).Where(line => line.Any());

    /// <summary>The units of a line.</summary>
    public static IEnumerable<string> Of(string line, TextUnit unit) => unit == TextUnit.Words
        ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        : Characters(line);

    private static IEnumerable<string> Characters(string line)
    {
        TextElementEnumerator characters = StringInfo.GetTextElementEnumerator(line);
        while (characters.MoveNext())
        {
            if (!string.IsNullOrWhiteSpace(characters.GetTextElement()))
                yield return characters.GetTextElement();
        }
    }
}
