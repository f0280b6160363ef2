namespace DataPipeline.Dedup.Files;

/// <summary>Documents that stayed for others, of one shard: row and size of the cluster, in ascending order; row -1 ends the file.</summary>
internal static class SizeFile
{
    public static void Write(BinaryWriter writer, int row, int size)
    {
        writer.Write(row);
        writer.Write(size);
    }

    public static void End(BinaryWriter writer) => writer.Write(-1);

    public static IEnumerable<(int Row, int Size)> Read(string path)
    {
        using var reader = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        for (int row; (row = reader.ReadInt32()) >= 0;)
            yield return (row, reader.ReadInt32());
    }
}
