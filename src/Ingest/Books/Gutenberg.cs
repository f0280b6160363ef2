namespace DataPipeline.Ingest.Books;

/// <summary>A book of Project Gutenberg without the licence around it, and what its header says.</summary>
internal static class Gutenberg
{
    private const int HeaderLines = 600;

    // Line starts, in capitals without leading stars and blanks; the older forms are from 1990 to 2003.
    private static readonly string[] Starts =
        ["START OF THE PROJECT GUTENBERG EBOOK", "START OF THIS PROJECT GUTENBERG EBOOK", "START OF PROJECT GUTENBERG",
            "START OF THE PROJECT GUTENBERG ETEXT", "START OF THIS PROJECT GUTENBERG ETEXT",
            "END*THE SMALL PRINT", "END THE SMALL PRINT", "END OF THE SMALL PRINT"];

    private static readonly string[] Ends =
        ["END OF THE PROJECT GUTENBERG", "END OF THIS PROJECT GUTENBERG", "END OF PROJECT GUTENBERG", "END OF THE PROJECT GUTENBERG ETEXT",
            "THIS FILE SHOULD BE NAMED", "THIS IS THE END OF THE PROJECT GUTENBERG"];

    /// <summary>The lines of the book proper; all of them when nothing says Gutenberg.</summary>
    /// <param name="lines">The file's lines.</param>
    /// <param name="facts">Receives <c>title</c>, <c>author</c> and <c>language</c> of the header.</param>
    public static ReadOnlySpan<string> Body(ReadOnlySpan<string> lines, IDictionary<string, string> facts)
    {
        int start = 0;
        bool gutenberg = false;
        for (int i = 0; i < Math.Min(lines.Length, HeaderLines); i++)
        {
            gutenberg |= lines[i].Contains("Project Gutenberg", StringComparison.OrdinalIgnoreCase);
            if (!Is(lines[i], Starts))
                continue;
            start = i + 1;
            // The mark may run over two lines and is followed by credits of the volunteers.
            while (start < lines.Length && start < i + 3 && lines[start].TrimEnd().EndsWith("***", StringComparison.Ordinal))
                start++;
        }
        if (start == 0 && !gutenberg)
            return EndOf(lines, lines.Length);
        ReadFacts(lines[..Math.Min(lines.Length, start == 0 ? 60 : start)], facts);
        ReadOnlySpan<string> body = EndOf(lines[start..], lines.Length - start);
        return WithoutCredits(body);
    }

    private static ReadOnlySpan<string> EndOf(ReadOnlySpan<string> body, int length)
    {
        for (int i = body.Length - 1; i >= 0; i--)
        {
            if (Is(body[i], Ends) && i > body.Length / 4)
                length = i;
        }
        return body[..length];
    }

    private static bool Is(string line, string[] marks)
    {
        ReadOnlySpan<char> text = line.AsSpan().Trim(" *\t");
        foreach (string mark in marks)
        {
            if (text.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static void ReadFacts(ReadOnlySpan<string> header, IDictionary<string, string> facts)
    {
        foreach (string line in header)
        {
            foreach (string key in (string[])["Title", "Author", "Language"])
            {
                if (line.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase) && line.Length > key.Length + 1)
                    facts.TryAdd(key.ToLowerInvariant(), line[(key.Length + 1)..].Trim());
            }
        }
    }

    private static ReadOnlySpan<string> WithoutCredits(ReadOnlySpan<string> body)
    {
        int at = 0;
        while (at < body.Length && at < 12 && string.IsNullOrWhiteSpace(body[at]))
            at++;
        if (at >= body.Length || !(body[at].StartsWith("Produced by", StringComparison.OrdinalIgnoreCase)
            || body[at].StartsWith("E-text prepared by", StringComparison.OrdinalIgnoreCase)
            || body[at].StartsWith("This etext was", StringComparison.OrdinalIgnoreCase)
            || body[at].StartsWith("Transcribed from", StringComparison.OrdinalIgnoreCase)))
            return body;
        while (at < body.Length && !string.IsNullOrWhiteSpace(body[at]))
            at++;
        return body[at..];
    }
}
