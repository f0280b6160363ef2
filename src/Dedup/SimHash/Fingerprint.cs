using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup.SimHash;

// Counting 64 bits of every hash one by one would cost 64 steps a character. A carry-save adder keeps the counts of 15 hashes in four words, bit by bit, and
// only the sixteenth's carry is taken apart: about ten operations a hash.

/// <summary>SimHash of the n-grams of the letters and digits of a text, in lower case: bit i is set where more than half of the grams' hashes have it.</summary>
internal static class Fingerprint
{
    private const ulong Base = 0x9E3779B97F4A7C15;

    /// <summary>The fingerprint; null for a text without a letter or digit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="characters">Characters of a gram; a shorter text is one gram.</param>
    public static ulong? Of(string text, int characters)
    {
        var window = new uint[characters];
        var votes = new Votes();
        ulong leaving = 1, sum = 0;
        for (int i = 0; i < characters; i++)
            leaving *= Base;
        long count = 0;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsLetterOrDigit(rune))
                continue;
            uint c = (uint)Rune.ToLowerInvariant(rune).Value;
            sum = sum * Base + c - window[at] * leaving;
            window[at] = c;
            at = at + 1 == characters ? 0 : at + 1;
            if (++count >= characters)
                votes.Add(Seed.Mix(sum));
        }
        if (count == 0)
            return null;
        if (count < characters)
            votes.Add(Seed.Mix(sum));
        return votes.Majority();
    }

    /// <summary>Counts by bit.</summary>
    internal sealed class Votes
    {
        private readonly int[] _counts = new int[64];
        private ulong _ones, _twos, _fours, _eights;
        private long _added;

        public void Add(ulong hash)
        {
            _added++;
            ulong carry = _ones & hash;
            _ones ^= hash;
            (_twos, carry) = (_twos ^ carry, _twos & carry);
            (_fours, carry) = (_fours ^ carry, _fours & carry);
            (_eights, carry) = (_eights ^ carry, _eights & carry);
            for (; carry != 0; carry &= carry - 1)
                _counts[System.Numerics.BitOperations.TrailingZeroCount(carry)] += 16;
        }

        /// <summary>The bits that more than half of the hashes have.</summary>
        public ulong Majority()
        {
            ulong majority = 0;
            for (int bit = 0; bit < 64; bit++)
            {
                long count = _counts[bit] + (long)(_ones >> bit & 1) + 2 * (long)(_twos >> bit & 1) + 4 * (long)(_fours >> bit & 1) + 8 * (long)(_eights >> bit & 1);
                if (2 * count > _added)
                    majority |= 1UL << bit;
            }
            return majority;
        }
    }
}
