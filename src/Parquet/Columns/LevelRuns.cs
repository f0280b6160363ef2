namespace DataPipeline.Parquet;

/// <summary>
/// Definition or repetition levels kept as runs of equal levels. Lists of thousands of tokens and columns without nulls take a few words
/// instead of a byte an entry, and a file that claims a billion nulls in five bytes takes no more memory than its bytes warrant.
/// </summary>
public sealed class LevelRuns
{
    private ulong[] _runs = new ulong[8];

    /// <summary>Number of runs.</summary>
    public int RunCount { get; private set; }

    /// <summary>Number of entries in all runs.</summary>
    public long Count { get; private set; }

    /// <summary>Number of entries with level 0: for repetition levels, the number of rows.</summary>
    public long Zeros { get; private set; }

    /// <summary>The level and length of one run.</summary>
    public (int Level, long Length) this[int index] => ((int)(_runs[index] & 0xFF), (long)(_runs[index] >> 8));

    /// <summary>Appends <paramref name="count"/> entries of one level (0 to 255), joining the last run where it has the same level.</summary>
    public void Add(int level, long count = 1)
    {
        if (count == 0)
            return;

        Count += count;
        if (level == 0)
            Zeros += count;
        if (RunCount > 0 && (_runs[RunCount - 1] & 0xFF) == (ulong)level)
        {
            _runs[RunCount - 1] += (ulong)count << 8;
            return;
        }

        if (RunCount == _runs.Length)
            Array.Resize(ref _runs, _runs.Length * 2);
        _runs[RunCount++] = ((ulong)count << 8) | (uint)level;
    }

    /// <summary>Forgets all entries and keeps the memory.</summary>
    public void Clear() => (RunCount, Count, Zeros) = (0, 0, 0);
}

/// <summary>A place in a <see cref="LevelRuns"/> that moves forward.</summary>
internal struct LevelCursor(LevelRuns runs)
{
    private int _run;
    private long _inRun;

    /// <summary>Level at this place; the caller knows that there is one.</summary>
    public readonly int Level => runs[_run].Level;

    public readonly bool IsAtEnd => _run >= runs.RunCount;

    /// <summary>Entries from here on with the same level.</summary>
    public readonly long Remaining => runs[_run].Length - _inRun;

    public void Advance(long count)
    {
        while (count > 0)
        {
            long step = Math.Min(count, Remaining);
            _inRun += step;
            count -= step;
            if (_inRun == runs[_run].Length)
            {
                _run++;
                _inRun = 0;
            }
        }
    }
}
