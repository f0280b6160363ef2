namespace DataPipeline.Core;

/// <summary>Something that a stage was told to look for and met in a document, such as the words of a test question.</summary>
/// <param name="Things">What was met, in the order of its sets.</param>
/// <param name="Position">Where it begins in the document's text, in code points.</param>
/// <param name="Text">The words of the document that it was met by.</param>
public sealed record Finding(IReadOnlyList<WantedThing> Things, long Position, string Text);

/// <summary>One thing of a set that a stage looks for.</summary>
/// <param name="Set">Name of the set, as the pipeline file gives it.</param>
/// <param name="Place">Where it was read: <c>file:line</c>, or <c>file#record</c> in a JSON array.</param>
public sealed record WantedThing(string Set, string Place)
{
    /// <summary>Set and place in one.</summary>
    public override string ToString() => $"{Set} {Place}";
}
