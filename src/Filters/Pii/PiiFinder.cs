using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Finds the values of several kinds in one look at a text: a vectorised search for anchors, and at each of them the scanners that asked for it.
/// Overlaps are decided so: the leftmost value, of these the longest, of these the kind of the lowest rank.</summary>
internal sealed class PiiFinder
{
    // Anchors are U+0030 to U+0040 (digits, ':', '=', '@') and their full-width forms U+FF10 to U+FF20.
    private const int FirstAnchor = '0', Anchors = '@' - '0' + 1, FullWidth = 0xFEE0;

    private readonly int[][] _byAnchor = new int[Anchors][];
    private readonly int[] _marked;
    private readonly SearchValues<string>? _markers;
    private readonly bool _publicOnly;

    /// <summary>A finder of some kinds.</summary>
    /// <param name="scanners">One for each kind.</param>
    /// <param name="publicOnly">Leave values alone that name nobody.</param>
    public PiiFinder(IReadOnlyList<PiiScanner> scanners, bool publicOnly)
    {
        Scanners = [.. scanners.OrderBy(scanner => scanner.Rank)];
        _publicOnly = publicOnly;
        for (int i = 0; i < Anchors; i++)
        {
            char anchor = (char)(FirstAnchor + i);
            _byAnchor[i] = Numbers(scanner => scanner.Anchors.Contains(char.IsAsciiDigit(anchor) ? PiiScanner.Digits : anchor));
        }
        _marked = Numbers(scanner => scanner.Markers.Count > 0);
        _markers = _marked.Length == 0 ? null : SearchValues.Create([.. _marked.SelectMany(i => Scanners[i].Markers)], StringComparison.Ordinal);
    }

    /// <summary>The scanner of every kind there is, by rank.</summary>
    public static IReadOnlyList<PiiScanner> All { get; } = [.. typeof(PiiScanner).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PiiScanner)))
        .Select(type => (PiiScanner)Activator.CreateInstance(type)!).OrderBy(scanner => scanner.Rank)];

    /// <summary>The scanners, by rank.</summary>
    public PiiScanner[] Scanners { get; }

    /// <summary>The values in a text, in order and apart from each other; null where there are none.</summary>
    public List<PiiMatch>? Find(ReadOnlySpan<char> text)
    {
        List<PiiMatch>? found = null;
        Span<int> floors = stackalloc int[Scanners.Length];
        floors.Clear();
        FindAnchored(text, floors, ref found);
        floors.Clear();
        if (_markers is not null)
            FindMarked(text, floors, ref found);
        return found is null ? null : Resolve(found);
    }

    /// <summary>Place of the first anchor at or behind a place, or the length of the text.</summary>
    internal static int NextAnchor(ReadOnlySpan<char> text, int from)
    {
        ReadOnlySpan<ushort> units = MemoryMarshal.Cast<char, ushort>(text);
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<ushort> first = Vector256.Create((ushort)FirstAnchor), wide = Vector256.Create((ushort)(FirstAnchor + FullWidth)), span = Vector256.Create((ushort)(Anchors - 1));
            for (; from <= units.Length - Vector256<ushort>.Count; from += Vector256<ushort>.Count)
            {
                var block = Vector256.Create(units[from..]);
                Vector256<ushort> hits = Vector256.LessThanOrEqual(block - first, span) | Vector256.LessThanOrEqual(block - wide, span);
                if (hits != Vector256<ushort>.Zero)
                    return from + BitOperations.TrailingZeroCount(hits.ExtractMostSignificantBits());
            }
        }
        return NextAnchorOneByOne(text, from);
    }

    /// <summary>The same, one character after the other.</summary>
    internal static int NextAnchorOneByOne(ReadOnlySpan<char> text, int from)
    {
        while (from < text.Length && AnchorOf(text[from]) >= Anchors)
            from++;
        return from;
    }

    private static uint AnchorOf(char c) => (uint)(c >= FirstAnchor + FullWidth ? c - FullWidth : c) - FirstAnchor;

    private void FindAnchored(ReadOnlySpan<char> text, Span<int> floors, ref List<PiiMatch>? found)
    {
        for (int at = NextAnchor(text, 0); at < text.Length; at = NextAnchor(text, at))
        {
            uint anchor = AnchorOf(text[at]);
            foreach (int i in _byAnchor[anchor])
                Ask(Scanners[i], text, at, ref floors[i], ref found);
            at++;
            if (anchor <= 9)
            {
                while (PiiText.IsDigit(text, at))
                    at++;
            }
        }
    }

    private void FindMarked(ReadOnlySpan<char> text, Span<int> floors, ref List<PiiMatch>? found)
    {
        for (int from = 0, next; (next = text[from..].IndexOfAny(_markers!)) >= 0; from += next + 1)
        {
            foreach (int i in _marked)
                Ask(Scanners[i], text, from + next, ref floors[i], ref found);
        }
    }

    private void Ask(PiiScanner scanner, ReadOnlySpan<char> text, int at, ref int floor, ref List<PiiMatch>? found)
    {
        if (at < floor)
            return;
        Slice value = scanner.Match(text, at, floor);
        if (value.Length == 0)
            return;
        floor = value.End;
        if (!_publicOnly || !scanner.IsReserved(text.Slice(value.Start, value.Length)))
            (found ??= []).Add(new PiiMatch(scanner, value));
    }

    private int[] Numbers(Func<PiiScanner, bool> wanted) => [.. Enumerable.Range(0, Scanners.Length).Where(i => wanted(Scanners[i]))];

    private static List<PiiMatch> Resolve(List<PiiMatch> found)
    {
        found.Sort();
        int end = 0;
        found.RemoveAll(match =>
        {
            bool overlaps = match.Place.Start < end;
            end = overlaps ? end : match.Place.End;
            return overlaps;
        });
        return found;
    }
}

/// <summary>A value that a scanner found.</summary>
/// <param name="Scanner">Who found it.</param>
/// <param name="Place">Where it stands, in UTF-16 units.</param>
internal readonly record struct PiiMatch(PiiScanner Scanner, Slice Place) : IComparable<PiiMatch>
{
    public int CompareTo(PiiMatch other)
    {
        int order = Place.Start.CompareTo(other.Place.Start);
        order = order != 0 ? order : other.Place.Length.CompareTo(Place.Length);
        return order != 0 ? order : Scanner.Rank.CompareTo(other.Scanner.Rank);
    }
}
