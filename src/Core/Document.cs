using System.Collections.Immutable;

namespace DataPipeline.Core;

/// <summary>What flows through the pipeline: a page, a book, a source file, a dialogue or a preference pair, with the place it came from.</summary>
/// <remarks>Immutable: an editing stage returns a changed copy. Texts are well-formed UTF-16; broken bytes were replaced by U+FFFD on reading.</remarks>
public sealed record Document
{
    /// <summary>No metadata, sorted by ordinal key order so that every output is written the same way.</summary>
    public static readonly ImmutableSortedDictionary<string, string> NoMetadata =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private readonly IReadOnlyList<Part> _parts = [];
    private string? _text;
    private TextView? _view;

    /// <summary>A document of one part, its text.</summary>
    public Document(Origin origin, string text) : this(origin, [new Part(Part.TextRole, text)])
    {
    }

    /// <summary>A document of several parts: the messages of a dialogue, or prompt, chosen and rejected of a preference.</summary>
    public Document(Origin origin, IReadOnlyList<Part> parts)
    {
        Origin = origin;
        Parts = parts;
    }

    /// <summary>Name of the source in the pipeline file, such as <c>web</c>; stamped by the run.</summary>
    public string Source { get; init; } = "";

    /// <summary>The file and record this document was read from.</summary>
    public Origin Origin { get; init; }

    /// <summary>Text by role; never empty.</summary>
    public IReadOnlyList<Part> Parts
    {
        get => _parts;
        init
        {
            _parts = value;
            _text = null;
            _view = null;
        }
    }

    /// <summary>Facts beside the text (<c>url</c>, <c>language</c>, <c>path</c>, <c>license</c>, ...).</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = NoMetadata;

    /// <summary>Unique name that leads back to the input: <c>source:file#record</c>.</summary>
    public string Id => $"{Source}:{Origin.File}#{Origin.Record}";

    /// <summary>The text of the only part, or all parts joined by a newline.</summary>
    public string Text => _text ??= Parts.Count == 1 ? Parts[0].Text : string.Join('\n', Parts.Select(part => part.Text));

    /// <summary>Code points of all parts.</summary>
    public long CodePoints => Parts.Sum(part => (long)TextView.CountCodePoints(part.Text));

    /// <summary>Words, lines and paragraphs of <see cref="Text"/>, found once and shared by every filter.</summary>
    public TextView View => _view ??= new TextView(Text);

    /// <summary>The same document with one fact added or replaced.</summary>
    public Document With(string key, string value) => this with { Metadata = Metadata.SetItem(key, value) };

    /// <summary>The same document seen through a view of its text with other words, until it is edited.</summary>
    /// <exception cref="ArgumentException">The view is of another text.</exception>
    public Document WithView(TextView view)
    {
        if (ReferenceEquals(view, _view))
            return this;
        if (view.Text != Text)
            throw new ArgumentException("shows another text", nameof(view));
        return this with { _view = view };
    }

    /// <summary>The same document with every part's text edited; returns itself when nothing changed.</summary>
    public Document MapText(Func<string, string> edit)
    {
        Part[]? changed = null;
        for (int i = 0; i < Parts.Count; i++)
        {
            string text = edit(Parts[i].Text);
            if (ReferenceEquals(text, Parts[i].Text) || text == Parts[i].Text)
                continue;
            changed ??= [.. Parts];
            changed[i] = Parts[i] with { Text = text };
        }
        return changed is null ? this : this with { Parts = changed };
    }

    /// <summary>Two documents are equal when they came from the same place with the same content.</summary>
    public bool Equals(Document? other) =>
        other is not null && Source == other.Source && Origin == other.Origin && Parts.SequenceEqual(other.Parts)
        && Metadata.SequenceEqual(other.Metadata);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash.Of(Id);
}

/// <summary>One text of a document and the role it plays.</summary>
/// <param name="Role"><c>text</c>; <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c> in a dialogue; <c>prompt</c> or
/// <c>prompt:user</c> ... for the turns of a prompt, <c>chosen</c> and <c>rejected</c> in a preference.</param>
/// <param name="Text">The text.</param>
public readonly record struct Part(string Role, string Text)
{
    /// <summary>Role of the only part of a page, book or file.</summary>
    public const string TextRole = "text";

    /// <summary>True when the role is <paramref name="name"/> or a turn of it (<c>prompt</c> names <c>prompt:user</c> too).</summary>
    public bool Is(string name) =>
        Role.Length == name.Length ? Role == name : Role.StartsWith(name, StringComparison.Ordinal) && Role[name.Length] == ':';
}

/// <summary>Where a document was read.</summary>
/// <param name="File">Path as the pipeline file's pattern gave it, with <c>/</c> between folders; inside an archive <c>archive!/entry</c>.</param>
/// <param name="Record">Number of the record in that input file, from 0.</param>
/// <param name="Offset">Byte offset of the record in the file as stored (for a compressed file of the member or, if unknown, of the decompressed bytes); -1 if it has none.</param>
public readonly record struct Origin(string File, long Record, long Offset = -1);
