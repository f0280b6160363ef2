namespace DataPipeline.Dedup.MinHash;

/// <summary>MT19937 (Matsumoto and Nishimura 1998) with the initialisation of 2002; gives the numbers of numpy's <c>RandomState</c>.</summary>
internal sealed class MersenneTwister
{
    private readonly uint[] _state = new uint[624];
    private int _next = 624;

    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < 624; i++)
            _state[i] = 1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30)) + i;
    }

    /// <summary>A number in [<paramref name="least"/>, <paramref name="bound"/>) by masking and rejection, as <c>randint</c> with 64-bit type draws it.</summary>
    public ulong Between(ulong least, ulong bound)
    {
        ulong range = bound - 1 - least, mask = ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(range);
        while (true)
        {
            ulong high = Next();
            if (((high << 32 | Next()) & mask) is var drawn && drawn <= range)
                return least + drawn;
        }
    }

    private uint Next()
    {
        if (_next == 624)
            Refill();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680;
        y ^= (y << 15) & 0xEFC60000;
        return y ^ (y >> 18);
    }

    private void Refill()
    {
        for (int i = 0; i < 624; i++)
        {
            uint y = (_state[i] & 0x80000000) | (_state[(i + 1) % 624] & 0x7FFFFFFF);
            _state[i] = _state[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1) * 0x9908B0DF);
        }
        _next = 0;
    }
}
