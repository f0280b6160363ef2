using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

/// <summary>XXH64 with seed 0 (Collet, xxHash 0.8 specification) of four pieces of one length side by side: no multiplication waits for another's result, and no branch depends on
/// the piece.</summary>
internal static class XxHash64Lanes
{
    private const int Count = 4;

    private const ulong P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9, P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

    /// <summary>Hashes pieces of one length.</summary>
    /// <param name="text">Where they stand, with eight bytes behind the last.</param>
    /// <param name="starts">Their places, and three more.</param>
    /// <param name="length">Their length in bytes.</param>
    /// <param name="hashes">As many as pieces.</param>
    public static void Of(ReadOnlySpan<byte> text, ReadOnlySpan<int> starts, int length, Span<ulong> hashes)
    {
        ref byte first = ref MemoryMarshal.GetReference(text);
        int i = 0;
        for (; i + Count <= hashes.Length; i += Count)
            Of(ref first, starts.Slice(i, Count), length).CopyTo(hashes[i..]);
        if (hashes.Length - i <= Count / 2)
        {
            for (; i < hashes.Length; i++)
                hashes[i] = Hash.Of(text.Slice(starts[i], length));
            return;
        }
        Vector256<ulong> last = Of(ref first, starts.Slice(i, Count), length);
        for (int lane = 0; i < hashes.Length; i++, lane++)
            hashes[i] = last[lane];
    }

    private static Vector256<ulong> Of(ref byte text, ReadOnlySpan<int> starts, int length)
    {
        ref byte t0 = ref Unsafe.Add(ref text, starts[0]), t1 = ref Unsafe.Add(ref text, starts[1]), t2 = ref Unsafe.Add(ref text, starts[2]), t3 = ref Unsafe.Add(ref text, starts[3]);
        Vector256<ulong> h;
        int at = 0;
        if (length >= 32)
        {
            Vector256<ulong> a = Vector256.Create(unchecked(P1 + P2)), b = Vector256.Create(P2), c = Vector256<ulong>.Zero, d = Vector256.Create(unchecked(0 - P1));
            for (; at + 32 <= length; at += 32)
            {
                a = Round(a, Eight(ref t0, ref t1, ref t2, ref t3, at));
                b = Round(b, Eight(ref t0, ref t1, ref t2, ref t3, at + 8));
                c = Round(c, Eight(ref t0, ref t1, ref t2, ref t3, at + 16));
                d = Round(d, Eight(ref t0, ref t1, ref t2, ref t3, at + 24));
            }
            h = Merge(Merge(Merge(Merge(Rotate(a, 1) + Rotate(b, 7) + Rotate(c, 12) + Rotate(d, 18), a), b), c), d);
        }
        else
        {
            h = Vector256.Create(P5);
        }
        h += Vector256.Create((ulong)length);
        for (; at + 8 <= length; at += 8)
            h = Rotate(h ^ Round(Vector256<ulong>.Zero, Eight(ref t0, ref t1, ref t2, ref t3, at)), 27) * Vector256.Create(P1) + Vector256.Create(P4);
        if (at < length)
        {
            Vector256<ulong> rest = Eight(ref t0, ref t1, ref t2, ref t3, at);
            if ((length & 4) != 0)
            {
                h = Rotate(h ^ ((rest & Vector256.Create((ulong)uint.MaxValue)) * Vector256.Create(P1)), 23) * Vector256.Create(P2) + Vector256.Create(P3);
                rest >>>= 32;
            }
            for (int i = length & 3; i > 0; i--, rest >>>= 8)
                h = Rotate(h ^ ((rest & Vector256.Create((ulong)byte.MaxValue)) * Vector256.Create(P5)), 11) * Vector256.Create(P1);
        }
        h = (h ^ (h >>> 33)) * Vector256.Create(P2);
        h = (h ^ (h >>> 29)) * Vector256.Create(P3);
        return h ^ (h >>> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Eight(ref byte t0, ref byte t1, ref byte t2, ref byte t3, int at) => Vector256.Create(
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref t0, at)), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref t1, at)),
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref t2, at)), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref t3, at)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Round(Vector256<ulong> lane, Vector256<ulong> input) => Rotate(lane + input * Vector256.Create(P2), 31) * Vector256.Create(P1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Merge(Vector256<ulong> h, Vector256<ulong> lane) => (h ^ Round(Vector256<ulong>.Zero, lane)) * Vector256.Create(P1) + Vector256.Create(P4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Rotate(Vector256<ulong> value, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(value, bits) : (value << bits) | (value >>> (64 - bits));
}
