using System.Buffers;
using System.Collections.Frozen;

namespace DataPipeline.Filters;

/// <summary>How comments and strings are written in a programming language.</summary>
internal sealed class CommentSyntax
{
    // Comments to the end of a line, comments between two marks ("*" behind the pair: they nest), strings. A string mark of three characters spans lines; "\" behind a mark: a backslash hides the next character;
    // "|" behind it: the string may span lines without one.
    private const string Table = """"
        C, C++, C#, CUDA, Dart, D, GLSL, Groovy, Java, JavaScript, Objective-C, Protocol Buffer, Solidity, SystemVerilog, Thrift, TypeScript, Verilog, Zig, Stylus : // : /* */ : "\ '\ `\|
        Go : // : /* */ : "\ '\ `|
        Kotlin, Scala, Swift : // : /* */* : """ "\ '\
        Rust : // : /* */* : "\|
        PHP : // # : /* */ : "\| '\|
        CSS : : /* */ : "\ '\
        SCSS, Sass, Less : // : /* */ : "\ '\
        Python, Starlark : # : : """\ '''\ "\ '\
        Elixir : # : : """\ "\| '\
        Julia : # : #= =#* : """\ "\
        Ruby, Crystal : # : : "\| '\|
        Perl, Raku, AWK, R, Tcl, Nim, CoffeeScript, GraphQL, TOML, Meson, Nix, HCL : # : : "\ '\
        Shell, Dockerfile, CMake, Makefile : # : : "\| '|
        YAML : # : : "\| '|
        PowerShell : # : <# #> : "| '|
        INI : ; # : :
        Haskell, Agda, Idris, PureScript, Elm : -- : {- -}* : "\
        Lua : -- : --[[ ]] : "\ '\
        SQL : -- : /* */ : '| "|
        Ada, VHDL : -- : : "
        Erlang, Prolog : % : : "\| '\
        TeX : % : :
        MATLAB : % : %{ %} : "
        Common Lisp, Clojure, Scheme, Emacs Lisp, Racket : ; : #| |#* : "\|
        Lean : -- : /- -/* : "\
        OCaml, Standard ML : : (* *)* : "\|
        F# : // : (* *)* : """ "\|
        Pascal : // : { } (* *) : '
        Fortran : ! : : "| '|
        Visual Basic : ' : : "
        Batchfile : :: : :
        Assembly : ; # : /* */ : "\
        Vim Script : " : :
        HTML, XML, SVG, Vue, Svelte, Markdown : : <!-- --> :
        Smalltalk : : " " : '|
        WebAssembly : ;; : (; ;)* : "\
        """";

    private static readonly FrozenDictionary<string, CommentSyntax> ByLanguage = Load();

    private CommentSyntax(string language, string[] lines, CommentPair[] blocks, StringMark[] strings)
    {
        (Lines, Blocks, Strings) = (lines, blocks, strings);
        HasDocstrings = language is "Python" or "Starlark";
        Begins = SearchValues.Create([.. lines.Select(mark => mark[0]), .. blocks.Select(pair => pair.Open[0]), .. strings.Select(mark => mark.Mark[0])]);
    }

    /// <summary>What opens a comment that the line ends, longer marks first.</summary>
    public string[] Lines { get; }

    /// <summary>What opens and closes other comments.</summary>
    public CommentPair[] Blocks { get; }

    /// <summary>What opens and closes strings, longer marks first.</summary>
    public StringMark[] Strings { get; }

    /// <summary>True where a string that stands alone says what a comment says.</summary>
    public bool HasDocstrings { get; }

    /// <summary>First characters of all marks.</summary>
    public SearchValues<char> Begins { get; }

    /// <summary>The syntax of a language; null where it is not known.</summary>
    public static CommentSyntax? Of(string? language) => language is null ? null : ByLanguage.GetValueOrDefault(language);

    private static FrozenDictionary<string, CommentSyntax> Load()
    {
        var found = new Dictionary<string, CommentSyntax>(StringComparer.Ordinal);
        foreach (string line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = [.. line.Split(" :").Select(field => field.Trim())];
            // Batch files comment with two colons.
            if (fields[0] == "Batchfile")
                fields = ["Batchfile", "::", "", ""];
            string[] marks = Words(fields[2]);
            CommentPair[] blocks = [.. marks.Chunk(2).Select(pair => new CommentPair(pair[0], pair[1].Length > 2 && pair[1][^1] == '*' ? pair[1][..^1] : pair[1], pair[1].Length > 2 && pair[1][^1] == '*'))];
            StringMark[] strings = [.. Words(fields[3]).Select(StringMark.Parse)];
            foreach (string language in fields[0].Split(", "))
                found[language] = new CommentSyntax(language, Words(fields[1]), blocks, strings);
        }
        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A comment between two marks.</summary>
/// <param name="Open">What begins it.</param>
/// <param name="Close">What ends it.</param>
/// <param name="Nests">True when another one may begin inside it.</param>
internal readonly record struct CommentPair(string Open, string Close, bool Nests);

/// <summary>A string between two equal marks.</summary>
/// <param name="Mark">What begins and ends it.</param>
/// <param name="Escapes">True when a backslash hides the character behind it.</param>
/// <param name="SpansLines">False when the end of the line ends the string too.</param>
internal readonly record struct StringMark(string Mark, bool Escapes, bool SpansLines)
{
    public static StringMark Parse(string text)
    {
        bool spans = text[^1] == '|', escapes = text.TrimEnd('|')[^1] == '\\';
        string mark = text.TrimEnd('|').TrimEnd('\\');
        return new StringMark(mark, escapes, spans || mark.Length == 3);
    }
}
