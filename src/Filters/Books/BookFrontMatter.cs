using System.Buffers;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Cuts what is printed around a book's text: the title page with its notes of copyright, the table of contents, numbers of pages. In English, Chinese, Japanese and
/// the larger European languages. Drops a book of which nothing is left, for <c>book_only_front_matter</c>.</summary>
/// <param name="titlePage">Cut the lines at the beginning up to the last paragraph, within the first 120 lines, that speaks of copyright, publisher, edition or ISBN; a long one about anything else is where the book begins.</param>
/// <param name="contents">Cut a heading such as "Contents" or 目录 and the entries below it: at least three lines with a page's number or a chapter's.</param>
/// <param name="pageNumbers">Cut lines that are a page's number: <c>- 12 -</c>, <c>Page 12</c>, 第12页; lone numbers where at least three count up a page's length apart.</param>
[Stage("book_front_matter")]
public sealed partial class BookFrontMatter(bool titlePage = true, bool contents = true, bool pageNumbers = true) : CuttingFilter("book_only_front_matter")
{
    private const int TitleLines = 120, LongParagraph = 300, MostEntries = 600, LongestEntry = 90, FewestEntries = 3, MostOthers = 3, BlankEnd = 3;

    // Characters from one number to the next.
    private const int ShortestPage = 600, LongestPage = 8000, FewestPages = 3;

    // Words of the law, which prose hardly uses, and words that count in short paragraphs only.
    private static readonly SearchValues<string> LegalWords = SearchValues.Create(
        ["copyright", "©", "(c) 1", "(c)1", "(c) 2", "all rights reserved", "isbn", "版权所有", "版權所有", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> ImprintWords = SearchValues.Create(
        ["published by", "publisher", "printed in", "printed by", "first published", "first edition", "second edition", "library of congress", "produced by",
         "出版社", "印刷", "书号", "書號", "定价", "版次", "発行", "出版发行"], StringComparison.OrdinalIgnoreCase);

    private static readonly HashSet<string> ContentsHeadings = new(StringComparer.OrdinalIgnoreCase)
    {
        "contents", "table of contents", "content", "目录", "目錄", "目次", "inhalt", "inhaltsverzeichnis", "table des matières", "índice", "indice", "sommaire", "sommario", "оглавление", "содержание",
    };

    /// <inheritdoc/>
    private protected override string Cut(string text)
    {
        string[] lines = text.Split('\n');
        var gone = new bool[lines.Length];
        if (titlePage)
            MarkTitlePage(lines, gone);
        if (contents)
            MarkContents(lines, gone);
        if (pageNumbers)
            MarkPageNumbers(lines, gone);
        return gone.Contains(true) ? string.Join('\n', lines.Where((_, i) => !gone[i])).Trim('\n') : text;
    }

    private static void MarkTitlePage(string[] lines, bool[] gone)
    {
        int cut = 0;
        for (int start = 0, end; start < Math.Min(lines.Length, TitleLines); start = end + 1)
        {
            end = start;
            while (end < lines.Length && !string.IsNullOrWhiteSpace(lines[end]))
                end++;
            string paragraph = string.Join('\n', lines, start, end - start);
            bool isLong = paragraph.Length >= LongParagraph;
            if (paragraph.AsSpan().ContainsAny(LegalWords) || (!isLong && paragraph.AsSpan().ContainsAny(ImprintWords)))
                cut = end;
            // The first paragraph about anything else is where the book begins.
            else if (isLong)
                break;
        }
        gone.AsSpan(0, cut).Fill(true);
    }

    private static void MarkContents(string[] lines, bool[] gone)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (gone[i] || !ContentsHeadings.Contains(lines[i].Trim(' ', '\t', '\r', '.', ':', '：', '#', '*', '_', '\u3000').Replace("\u3000", "", StringComparison.Ordinal).Replace("目 录", "目录", StringComparison.Ordinal)))
                continue;
            int entries = 0, others = 0, blank = 0, last = i;
            string? opening = null;
            for (int at = i + 1; at < Math.Min(lines.Length, i + MostEntries) && others <= MostOthers; at++)
            {
                string line = lines[at].Trim();
                blank = line.Length == 0 ? blank + 1 : 0;
                if (line.Length == 0 && (blank < BlankEnd || entries < FewestEntries))
                    continue;
                if (line.Length is 0 or > LongestEntry)
                    break;
                bool entry = Entry().IsMatch(line);
                // The first chapter's heading comes again where the book begins.
                if (entry && Bare(line) == opening)
                    break;
                opening ??= entry ? Bare(line) : null;
                (entries, others, last) = entry ? (entries + 1, 0, at) : (entries, others + 1, last);
            }
            if (entries >= FewestEntries)
                gone.AsSpan(i, last - i + 1).Fill(true);
        }
    }

    private static void MarkPageNumbers(string[] lines, bool[] gone)
    {
        var lone = new List<(int Line, int Number, int Offset)>();
        int offset = 0;
        for (int i = 0; i < lines.Length; offset += lines[i].Length + 1, i++)
        {
            string line = lines[i].Trim();
            if (line.Length is 0 or > 16)
                continue;
            if (MarkedPage().IsMatch(line))
                gone[i] = true;
            else if (line.Length <= 4 && int.TryParse(line, out int number))
                lone.Add((i, number, offset));
        }
        // Chapters and verses count up as well, but not a page's length apart.
        for (int first = 0, last; first < lone.Count; first = last + 1)
        {
            last = first;
            while (last + 1 < lone.Count && lone[last + 1].Number - lone[last].Number is 1 or 2
                && lone[last + 1].Offset - lone[last].Offset is >= ShortestPage and <= LongestPage)
                last++;
            if (last - first + 1 >= FewestPages)
                lone[first..(last + 1)].ForEach(page => gone[page.Line] = true);
        }
    }

    // An entry without leaders, page and spaces.
    private static string Bare(string entry) => Tail().Replace(entry.Trim(), "").Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();

    // "Chapter 1", "II. Of the Sea", "第三章", "1.2 Aims", or any title with leaders or a gap and a page.
    [GeneratedRegex(@"^(chapter|chap\.|part|book|section|appendix|preface|introduction|foreword|prologue|epilogue|kapitel|chapitre|capítulo|capitolo|глава|第?[一二三四五六七八九十百千〇零\d]{1,6}[章回卷节節部篇編话話、]|[ivxlcdm]{1,8}[.\s]|\d{1,3}(\.\d{1,3})*[.)]?\s)|(\.{3,}|…+|\. \.|\s{2,}|\t)\s*[\divxlcdm]{1,5}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Entry();

    [GeneratedRegex(@"[\s.…·]*[\s.…·][\divxlcdm]{1,5}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Tail();

    [GeneratedRegex(@"^([-–]\s?\d{1,4}\s?[-–]|[\[{(]?(page|pg\.?|p\.|seite|página)\s?\d{1,4}[\]})]?|第\s?\d{1,4}\s?[页頁]|[{\[]\d{1,4}[}\]])$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MarkedPage();
}
