using System.Numerics;

namespace DataPipeline.Parquet;

/// <summary>Reads levels of a page as runs.</summary>
internal abstract class LevelDecoder
{
    /// <summary>Appends <paramref name="count"/> levels to <paramref name="into"/> and returns how many equal <paramref name="largest"/>.</summary>
    public abstract int Read(LevelRuns into, int count, int largest);

    public static int WidthOf(int largest) => 32 - BitOperations.LeadingZeroCount((uint)largest);

    private protected static void Check(int level, int largest)
    {
        if ((uint)level > (uint)largest)
            throw new ParquetException($"a level of {level} is found where the schema allows {largest}");
    }
}

/// <summary>The first encoding of levels, long deprecated: bits packed from the most significant end, with no runs.</summary>
internal sealed class BitPackedLevels(byte[] page, int offset, int end, int width) : LevelDecoder
{
    private long _bit = (long)offset * 8;

    public override int Read(LevelRuns into, int count, int largest)
    {
        if (_bit + ((long)count * width) > (long)end * 8)
            throw new ParquetException("the page ends within its levels");

        int present = 0;
        for (int i = 0; i < count; i++)
        {
            int level = 0;
            for (int b = 0; b < width; b++, _bit++)
                level = (level << 1) | ((page[_bit >> 3] >> (7 - (int)(_bit & 7))) & 1);
            Check(level, largest);
            into.Add(level);
            present += level == largest ? 1 : 0;
        }

        return present;
    }
}
