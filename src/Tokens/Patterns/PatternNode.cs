namespace DataPipeline.Tokens.Patterns;

/// <summary>A part of a parsed pattern.</summary>
internal abstract record PatternNode;

/// <summary>One character of a set.</summary>
internal sealed record SetNode(CodePointSet Set) : PatternNode;

/// <summary>Parts one after the other; none matches nothing.</summary>
internal sealed record SequenceNode(IReadOnlyList<PatternNode> Parts) : PatternNode;

/// <summary>The first alternative that leads to a match.</summary>
internal sealed record AlternativesNode(IReadOnlyList<PatternNode> Alternatives) : PatternNode;

/// <summary>A part from <paramref name="Min"/> to <paramref name="Max"/> times (-1: without end).</summary>
internal sealed record RepeatNode(PatternNode Body, int Min, int Max, bool Lazy) : PatternNode;

/// <summary>A part whose first match is kept: nothing in it is tried again.</summary>
internal sealed record AtomicNode(PatternNode Body) : PatternNode;

/// <summary>A look at what follows, or at what stands before, without taking it.</summary>
internal sealed record LookNode(PatternNode Body, bool Behind, bool Negative) : PatternNode;

/// <summary>A condition on a place.</summary>
internal sealed record AnchorNode(Anchor Kind) : PatternNode;

/// <summary>Conditions on a place.</summary>
internal enum Anchor
{
    TextStart,
    TextEnd,
    TextEndOrLastNewLine,
    LineStart,
    LineEnd,
    WordBorder,
    NotWordBorder,
}
