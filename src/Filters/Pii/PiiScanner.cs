using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Finds the values of one kind of personal data. A new kind is one file with a subclass: <see cref="PiiFinder"/> finds it by itself.</summary>
/// <remarks>A scanner is asked only at its anchors, so it must look a bounded way around one, or no further back than <c>floor</c>: the search is linear in the text.</remarks>
internal abstract class PiiScanner
{
    /// <summary>Anchor of every scanner whose values hold a digit: it is asked at the first digit of each run, full-width ones too.</summary>
    public const char Digits = '0';

    /// <summary>Name in settings and, behind <c>pii_</c>, in the metadata.</summary>
    public abstract string Kind { get; }

    /// <summary>Decides between two kinds that claim the same characters: the lower one wins. No two kinds share one.</summary>
    public abstract int Rank { get; }

    /// <summary>What takes the place of values when no setting says otherwise, in turn.</summary>
    public abstract IReadOnlyList<string> StandIns { get; }

    /// <summary>The characters of <see cref="Digits"/>, <c>@</c>, <c>:</c>, <c>=</c> (or their full-width forms) at which it is asked.</summary>
    public virtual string Anchors => "";

    /// <summary>Strings at which it is asked.</summary>
    public virtual IReadOnlyList<string> Markers => [];

    /// <summary>The value that an anchor belongs to; an empty slice where there is none.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="at">Place of the anchor.</param>
    /// <param name="floor">End of this scanner's last value: the next one begins no earlier.</param>
    public abstract Slice Match(ReadOnlySpan<char> text, int at, int floor);

    /// <summary>True for a value that names nobody, such as an address of a private network; it is masked only when asked for.</summary>
    public virtual bool IsReserved(ReadOnlySpan<char> value) => false;

    /// <summary>The slice between two places.</summary>
    private protected static Slice Between(int start, int end) => new(start, end - start);
}
