namespace DataPipeline.Tokens.Mix;

/// <summary>Puts documents into rows without cutting them: fewer truncations for a stated waste (Ding et al. 2024, arXiv 2404.10830).</summary>
/// <remarks>Rows are kept by the room left in them, at most capacity + 1 different numbers, so a document finds its row in the capacity / 64 words of a bit set instead of among all rows.</remarks>
public static class BinPacking
{
    /// <summary>Longest first; each into the fullest row that it fits in, the first of equals.</summary>
    /// <param name="lengths">Tokens of each document, at most the capacity.</param>
    /// <param name="capacity">Tokens of a row.</param>
    /// <returns>Rows of document numbers.</returns>
    /// <exception cref="ArgumentException">A document is longer than a row.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> BestFitDecreasing(IReadOnlyList<int> lengths, int capacity)
    {
        Check(lengths, capacity);
        List<List<int>> rows = [];
        var byRoom = new PriorityQueue<int, int>?[capacity + 1];
        ulong[] filled = new ulong[capacity / 64 + 1];
        foreach (int document in Enumerable.Range(0, lengths.Count).OrderByDescending(document => lengths[document]))
        {
            int room = FirstFrom(filled, lengths[document]), row;
            if (room < 0)
            {
                row = rows.Count;
                room = capacity;
                rows.Add([]);
            }
            else
            {
                row = byRoom[room]!.Dequeue();
                if (byRoom[room]!.Count == 0)
                    filled[room / 64] &= ~(1UL << (room % 64));
            }
            rows[row].Add(document);
            room -= lengths[document];
            (byRoom[room] ??= new PriorityQueue<int, int>()).Enqueue(row, row);
            filled[room / 64] |= 1UL << (room % 64);
        }
        return rows;
    }

    /// <summary>Each row takes the longest document that fits, again and again; when none fits, the shortest gives its beginning to the rest of the row and loses its end.</summary>
    /// <param name="lengths">Tokens of each document, at least 1; one longer than a row waits until it is the shortest.</param>
    /// <param name="capacity">Tokens of a row.</param>
    /// <param name="mostRows">Rows after which it ends.</param>
    /// <returns>Rows of documents with the tokens that each gives; all but the last are full.</returns>
    public static IReadOnlyList<IReadOnlyList<(int Document, int Length)>> BestFitCrop(IReadOnlyList<int> lengths, int capacity, int mostRows = int.MaxValue)
    {
        // By length, the first of equals first; those that fit in no row by the next number.
        var byLength = new PriorityQueue<int, (int Length, int Document)>?[capacity + 2];
        ulong[] filled = new ulong[capacity / 64 + 2];
        for (int document = 0; document < lengths.Count; document++)
        {
            int key = Math.Min(lengths[document], capacity + 1);
            (byLength[key] ??= new()).Enqueue(document, (lengths[document], document));
            filled[key / 64] |= 1UL << (key % 64);
        }
        List<List<(int, int)>> rows = [];
        int left = lengths.Count;
        while (left > 0 && rows.Count < mostRows)
        {
            List<(int, int)> row = [];
            for (int room = capacity; room > 0 && left > 0; left--)
            {
                int key = LastUpTo(filled, room) is >= 0 and var fitting ? fitting : FirstFrom(filled, 0);
                int document = byLength[key]!.Dequeue(), length = Math.Min(lengths[document], room);
                if (byLength[key]!.Count == 0)
                    filled[key / 64] &= ~(1UL << (key % 64));
                row.Add((document, length));
                room -= length;
            }
            rows.Add(row);
        }
        return rows;
    }

    /// <summary>In the order of arrival; each into the first row that it fits in.</summary>
    /// <inheritdoc cref="BestFitDecreasing"/>
    public static IReadOnlyList<IReadOnlyList<int>> FirstFit(IReadOnlyList<int> lengths, int capacity)
    {
        Check(lengths, capacity);
        List<List<int>> rows = [];
        int leaves = 1;
        while (leaves < lengths.Count)
            leaves *= 2;
        // A tree of the largest room below each node leads to the leftmost row with enough of it.
        int[] room = new int[2 * leaves];
        Array.Fill(room, capacity);
        for (int document = 0; document < lengths.Count; document++)
        {
            int node = 1;
            while (node < leaves)
                node = room[2 * node] >= lengths[document] ? 2 * node : 2 * node + 1;
            int row = node - leaves;
            if (row == rows.Count)
                rows.Add([]);
            rows[row].Add(document);
            room[node] -= lengths[document];
            for (node /= 2; node >= 1; node /= 2)
                room[node] = Math.Max(room[2 * node], room[2 * node + 1]);
        }
        return rows;
    }

    private static void Check(IReadOnlyList<int> lengths, int capacity)
    {
        for (int document = 0; document < lengths.Count; document++)
        {
            if (lengths[document] < 1 || lengths[document] > capacity)
                throw new ArgumentException($"document {document} has {lengths[document]} tokens, a row {capacity}: cut it first", nameof(lengths));
        }
    }

    private static int LastUpTo(ulong[] filled, int until)
    {
        int word = until / 64;
        ulong bits = filled[word] & (ulong.MaxValue >> (63 - until % 64));
        while (bits == 0)
        {
            if (--word < 0)
                return -1;
            bits = filled[word];
        }
        return word * 64 + 63 - System.Numerics.BitOperations.LeadingZeroCount(bits);
    }

    private static int FirstFrom(ulong[] filled, int from)
    {
        int word = from / 64;
        ulong bits = filled[word] & (ulong.MaxValue << (from % 64));
        while (bits == 0)
        {
            if (++word == filled.Length)
                return -1;
            bits = filled[word];
        }
        return word * 64 + System.Numerics.BitOperations.TrailingZeroCount(bits);
    }
}
