using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>256 centroids for each group of columns, found by k-means on at most 65,536 rows in 25 rounds, as many as fastText takes.</summary>
/// <remarks>Which rows, and where an empty cluster goes, is drawn from a fixed seed: the same matrix gives the same bytes on any machine with the same vectors.</remarks>
internal sealed class Quantizer
{
    private const int Centroids = 256, Rounds = 25, MostRows = 65_536;
    private static readonly Seed Chance = new(1234);

    private readonly int _columns, _width, _lastWidth;
    private readonly float[] _centroids;

    public Quantizer(FastTextReader reader, int columns)
    {
        _columns = reader.ReadInt32();
        Count = reader.ReadInt32();
        _width = reader.ReadInt32();
        _lastWidth = reader.ReadInt32();
        if (_columns != columns || Count < 1 || _width < 1 || _lastWidth < 1 || (long)(Count - 1) * _width + _lastWidth != columns)
            throw reader.Broken($"a quantizer of {_columns} columns in {Count} groups of {_width}, the last {_lastWidth}, for {columns} columns");
        _centroids = reader.ReadFloats((long)columns * Centroids);
    }

    /// <summary>Finds centroids for the rows of a matrix that stand one after another.</summary>
    public Quantizer(float[] values, int columns, int width)
    {
        (_columns, _width) = (columns, Math.Min(width, columns));
        Count = (columns + _width - 1) / _width;
        _lastWidth = columns - (Count - 1) * _width;
        _centroids = new float[columns * Centroids];
        int rows = values.Length / columns, used = Math.Min(rows, MostRows);
        int[] order = Draw(rows, used);
        Parallel.For(0, Count, group =>
        {
            int size = WidthOf(group);
            var points = new float[used * size];
            for (int i = 0; i < used; i++)
                values.AsSpan(order[i] * columns + group * _width, size).CopyTo(points.AsSpan(i * size));
            Cluster(points, size, CentroidsOf(group), Chance.For((ulong)group));
        });
    }

    /// <summary>Groups of columns, which is bytes of a row.</summary>
    public int Count { get; }

    public ReadOnlySpan<float> Centroid(int group, int code) => CentroidsOf(group).Slice(code * WidthOf(group), WidthOf(group));

    /// <summary>The nearest centroids of all rows.</summary>
    public byte[] Encode(float[] values)
    {
        int rows = values.Length / _columns;
        var codes = new byte[(long)rows * Count];
        Parallel.For(0, Count, group =>
        {
            int size = WidthOf(group);
            float[] columns = Transpose(CentroidsOf(group), size);
            for (int row = 0; row < rows; row++)
                codes[row * Count + group] = (byte)Nearest(values.AsSpan(row * _columns + group * _width, size), columns);
        });
        return codes;
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_columns);
        writer.Write(Count);
        writer.Write(_width);
        writer.Write(_lastWidth);
        writer.Write(MemoryMarshal.AsBytes(_centroids.AsSpan()));
    }

    private int WidthOf(int group) => group == Count - 1 ? _lastWidth : _width;

    private Span<float> CentroidsOf(int group) => _centroids.AsSpan(group * Centroids * _width, Centroids * WidthOf(group));

    private static int[] Draw(int rows, int used)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        for (int i = 0; i < used; i++)
        {
            int other = i + (int)Chance.Below((ulong)(rows - i), (ulong)i);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    private static void Cluster(float[] points, int size, Span<float> centroids, Seed chance)
    {
        int count = points.Length / size;
        // The points come in a drawn order, so the first ones are a fair start; fewer points than centroids repeat.
        for (int i = 0; i < Centroids && count > 0; i++)
            points.AsSpan(i % count * size, size).CopyTo(centroids[(i * size)..]);
        var sums = new double[Centroids * size];
        var members = new int[Centroids];
        for (int round = 0; round < Rounds; round++)
        {
            float[] columns = Transpose(centroids, size);
            Array.Clear(sums);
            Array.Clear(members);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> point = points.AsSpan(i * size, size);
                int nearest = Nearest(point, columns);
                members[nearest]++;
                for (int j = 0; j < size; j++)
                    sums[nearest * size + j] += point[j];
            }
            for (int code = 0; code < Centroids; code++)
            {
                for (int j = 0; j < size && members[code] > 0; j++)
                    centroids[code * size + j] = (float)(sums[code * size + j] / members[code]);
            }
            SplitLargest(centroids, members, size, chance.For((ulong)round));
        }
    }

    /// <summary>An empty cluster takes half of one drawn by size: both stand a little beside where one stood.</summary>
    private static void SplitLargest(Span<float> centroids, int[] members, int size, Seed chance)
    {
        for (int code = 0; code < Centroids; code++)
        {
            if (members[code] > 0)
                continue;
            int largest = Array.IndexOf(members, members.Max());
            if (members[largest] < 2)
                return;
            for (int j = 0; j < size; j++)
            {
                float value = centroids[largest * size + j], by = 1e-3f * (value == 0 ? 1e-3f : value) * (chance.Number((ulong)(code * size + j)) % 2 == 0 ? 1 : -1);
                centroids[code * size + j] = value + by;
                centroids[largest * size + j] = value - by;
            }
            members[code] = members[largest] / 2;
            members[largest] -= members[code];
        }
    }

    private static float[] Transpose(ReadOnlySpan<float> centroids, int size)
    {
        var columns = new float[centroids.Length];
        for (int code = 0; code < Centroids; code++)
        {
            for (int j = 0; j < size; j++)
                columns[j * Centroids + code] = centroids[code * size + j];
        }
        return columns;
    }

    /// <summary>The nearest centroid, the first of equals; sixteen distances at a time.</summary>
    private static int Nearest(ReadOnlySpan<float> point, float[] columns)
    {
        Vector512<float> least = Vector512.Create(float.PositiveInfinity);
        Vector512<int> leastCodes = default, codes = Vector512<int>.Indices;
        for (int code = 0; code < Centroids; code += RowMatrix.Lane)
        {
            Vector512<float> distance = default;
            for (int j = 0; j < point.Length; j++)
            {
                Vector512<float> away = Vector512.LoadUnsafe(ref columns[j * Centroids + code]) - Vector512.Create(point[j]);
                distance += away * away;
            }
            Vector512<float> nearer = Vector512.LessThan(distance, least);
            least = Vector512.ConditionalSelect(nearer, distance, least);
            leastCodes = Vector512.ConditionalSelect(nearer.AsInt32(), codes, leastCodes);
            codes += Vector512.Create(RowMatrix.Lane);
        }
        int best = 0;
        for (int lane = 1; lane < RowMatrix.Lane; lane++)
        {
            if (least[lane] < least[best] || (least[lane] == least[best] && leastCodes[lane] < leastCodes[best]))
                best = lane;
        }
        return leastCodes[best];
    }
}
