using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataPipeline.Parquet;

/// <summary>
/// Unpacks eight numbers at a time (Lemire and Boytsov, "Decoding billions of integers per second through vectorization", 2015): one shuffle brings the four
/// bytes of each into its lane, one shift by the lane's own count puts its bits below. <see cref="RleDecoder"/> is the scalar twin.
/// </summary>
internal static class BitUnpacker
{
    /// <summary>Up to this width a number and the bits before it lie within four bytes, and four numbers within sixteen.</summary>
    public const int MaxWidth = 25;

    private static readonly (Vector256<byte> Bytes, Vector256<uint> Shifts)[] s_plans = [.. Enumerable.Range(0, MaxWidth + 1).Select(MakePlan)];

    /// <summary>Unpacks numbers that start at the first bit, as many groups of eight as there are, and returns how many numbers.</summary>
    public static int Unpack(ReadOnlySpan<byte> packed, int width, Span<int> values)
    {
        // The upper half of a group is loaded from its own first byte on, 16 bytes far.
        int upper = width / 2;
        int groups = Math.Min(values.Length / 8, (packed.Length - upper - 16) / width + 1);
        if (!Avx2.IsSupported || packed.Length < upper + 16 || groups <= 0)
            return 0;

        (Vector256<byte> bytes, Vector256<uint> shifts) = s_plans[width];
        Vector256<uint> mask = Vector256.Create((1u << width) - 1);
        ref byte from = ref MemoryMarshal.GetReference(packed);
        ref uint to = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(values));
        for (int i = 0; i < groups; i++)
        {
            Vector256<byte> group = Vector256.Create(Vector128.LoadUnsafe(ref from), Vector128.LoadUnsafe(ref from, (nuint)upper));
            Vector256<uint> lanes = Avx2.Shuffle(group, bytes).AsUInt32();
            (Avx2.ShiftRightLogicalVariable(lanes, shifts) & mask).StoreUnsafe(ref to);
            from = ref Unsafe.Add(ref from, width);
            to = ref Unsafe.Add(ref to, 8);
        }

        return groups * 8;
    }

    private static (Vector256<byte> Bytes, Vector256<uint> Shifts) MakePlan(int width)
    {
        byte[] bytes = new byte[32];
        uint[] shifts = new uint[8];
        for (int i = 0; i < 8; i++)
        {
            int bit = (i * width) - (i < 4 ? 0 : width / 2 * 8);
            shifts[i] = (uint)(bit & 7);
            for (int b = 0; b < 4; b++)
                bytes[(i * 4) + b] = (byte)((bit >> 3) + b);
        }

        return (Vector256.Create(bytes), Vector256.Create(shifts));
    }
}
