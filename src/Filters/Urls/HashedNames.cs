using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>A set of names kept as their XXH64 alone: 11 to 22 bytes an entry, whatever its length.</summary>
/// <remarks>A name that is not listed is taken for a listed one with a chance of entries / 2^64: among ten million entries, once in 2 * 10^12 questions.</remarks>
internal sealed class HashedNames
{
    // Open addressing; 0 means free, so a hash of 0 is kept as 1.
    private ulong[] _slots = new ulong[16];

    /// <summary>Different names.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a name.</summary>
    public void Add(ReadOnlySpan<char> name)
    {
        if (Count >= _slots.Length / 4 * 3)
            Grow();
        Count += Put(_slots, HashOf(name)) ? 1 : 0;
    }

    /// <summary>True when the name was added.</summary>
    public bool Contains(ReadOnlySpan<char> name) => Count > 0 && ContainsHash(HashOf(name));

    /// <summary>True when a name of this hash was added.</summary>
    public bool ContainsHash(ulong hash)
    {
        for (int at = (int)hash & (_slots.Length - 1); _slots[at] != 0; at = (at + 1) & (_slots.Length - 1))
        {
            if (_slots[at] == hash)
                return true;
        }
        return false;
    }

    /// <summary>What is kept of a name.</summary>
    public static ulong HashOf(ReadOnlySpan<char> name) => Math.Max(Hash.Of(name), 1);

    private void Grow()
    {
        ulong[] larger = new ulong[_slots.Length * 2];
        foreach (ulong hash in _slots)
        {
            if (hash != 0)
                Put(larger, hash);
        }
        _slots = larger;
    }

    private static bool Put(ulong[] slots, ulong hash)
    {
        int at = (int)hash & (slots.Length - 1);
        for (; slots[at] != 0; at = (at + 1) & (slots.Length - 1))
        {
            if (slots[at] == hash)
                return false;
        }
        slots[at] = hash;
        return true;
    }
}
