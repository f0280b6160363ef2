namespace DataPipeline.Dedup.Files;

/// <summary>Groups of documents that share a key, in order of key: count, first document, distances to the next, each as a 7-bit number; a count of 0 ends the file.</summary>
internal static class GroupFile
{
    /// <summary>Writes groups given one behind another as count and documents.</summary>
    public static void Write(BinaryWriter writer, ReadOnlySpan<int> groups)
    {
        for (int i = 0; i < groups.Length;)
        {
            int count = groups[i++], last = 0;
            writer.Write7BitEncodedInt(count);
            for (int end = i + count; i < end; i++)
            {
                writer.Write7BitEncodedInt(groups[i] - last);
                last = groups[i];
            }
        }
    }

    /// <summary>The groups of a file; documents ascend in each. The list is used again for the next group.</summary>
    public static IEnumerable<List<int>> Read(string path)
    {
        using var reader = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        var group = new List<int>();
        for (int count; (count = reader.Read7BitEncodedInt()) > 0; group.Clear())
        {
            for (int i = 0, last = 0; i < count; i++)
                group.Add(last += reader.Read7BitEncodedInt());
            yield return group;
        }
    }
}
