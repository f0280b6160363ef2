using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens;

/// <summary>A growing array of token ids that encoders append to; keep one and <see cref="Clear"/> it to encode without allocating.</summary>
public sealed class IdBuffer
{
    private int[] _ids;

    /// <summary>An empty buffer.</summary>
    /// <param name="capacity">Ids to make room for.</param>
    public IdBuffer(int capacity = 256) => _ids = new int[Math.Max(16, capacity)];

    /// <summary>How many ids it holds.</summary>
    public int Count { get; internal set; }

    /// <summary>The ids; valid until the next append.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Appends one id.</summary>
    public void Add(int id)
    {
        Reserve(1);
        _ids[Count++] = id;
    }

    /// <summary>Forgets the ids, keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>The array with room for <paramref name="more"/> ids behind <see cref="Count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int[] Reserve(int more)
    {
        if (_ids.Length - Count < more)
            Grow(more);
        return _ids;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int more) => Array.Resize(ref _ids, Math.Max(checked(Count + more), (int)Math.Min(Array.MaxLength, _ids.Length * 2L)));
}
