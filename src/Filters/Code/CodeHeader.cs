using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Takes the licence header off a source file, as RedPajama does (Weber et al. 2024, arXiv 2411.12372, version 1): the first <c>/* */</c> comment if it holds "copyright"; where a file has no such comment, the comment lines and
/// empty lines at its head. Never drops. Files of a language whose comments are not known, and licence files, stay as they are.</summary>
/// <param name="copyrightOnly">Take comment lines at the head away only when they hold "copyright" or "licen"; RedPajama takes all.</param>
[Stage("code_header")]
public sealed class CodeHeader(bool copyrightOnly = false) : Filter
{
    private const string Copyright = "copyright", License = "licen";

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        if (CommentSyntax.Of(CodeLanguages.Of(document)) is not { } syntax)
            return Verdict.Keep(document);
        return Verdict.Keep(document.MapText(text => Edit(text, syntax)));
    }

    private string Edit(string text, CommentSyntax syntax)
    {
        if (syntax.Blocks.Any(pair => pair.Open == "/*") && FirstBlock(text, syntax) is { } block)
        {
            return text.AsSpan(block.Start, block.Length).Contains(Copyright, StringComparison.OrdinalIgnoreCase)
                ? string.Concat(text.AsSpan(0, block.Start), text.AsSpan(block.End))
                : text;
        }
        int end = EndOfHead(text, syntax);
        // What runs a script is no comment.
        int start = text.StartsWith("#!", StringComparison.Ordinal) ? LineEnd(text, 0) : 0;
        if (end <= start || (copyrightOnly && !HoldsLicense(text.AsSpan(start, end - start))))
            return text;
        return string.Concat(text.AsSpan(0, start), text.AsSpan(end));
    }

    private static Slice? FirstBlock(string text, CommentSyntax syntax)
    {
        var scanner = new CommentScanner(text, syntax);
        while (scanner.MoveNext())
        {
            if (text.AsSpan(scanner.Current.Start).StartsWith("/*"))
                return scanner.Current;
        }
        return null;
    }

    private static int EndOfHead(string text, CommentSyntax syntax)
    {
        int at = 0;
        while (at < text.Length)
        {
            int end = LineEnd(text, at);
            ReadOnlySpan<char> line = text.AsSpan(at, end - at);
            bool isComment = TextView.IsBlank(line);
            foreach (string mark in syntax.Lines)
                isComment |= line.StartsWith(mark);
            if (!isComment)
                break;
            at = end;
        }
        return at;
    }

    private static int LineEnd(string text, int at)
    {
        int end = text.IndexOf('\n', at);
        return end < 0 ? text.Length : end + 1;
    }

    private static bool HoldsLicense(ReadOnlySpan<char> text) =>
        text.Contains(Copyright, StringComparison.OrdinalIgnoreCase) || text.Contains(License, StringComparison.OrdinalIgnoreCase);
}
